// Checks which folders include and link which other folders. The README shows the allowed edges.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;

// Which folders a folder may include, in addition to itself, proto/ and the generated messages.
const std::map<std::string, std::set<std::string>>& Edges() {
  static const auto* edges = new std::map<std::string, std::set<std::string>>{
      {"proto", {}},
      {"db", {}},
      {"costmodel", {}},
      {"compiler/runtime", {}},
      {"compiler", {"compiler/runtime"}},
      {"tracker", {}},
      {"device-agent", {"compiler/runtime"}},
      {"tuner", {"compiler", "compiler/runtime", "costmodel", "db", "tracker"}},
  };
  return *edges;
}

// The folders that may use gRPC stubs. All others may use only messages.
const std::set<std::string>& ServiceFolders() {
  static const auto* folders = new std::set<std::string>{"proto", "tracker", "device-agent", "tuner"};
  return *folders;
}

fs::path SourceDir() {
  const char* dir = std::getenv("DIAPASON_SOURCE_DIR");
  return dir != nullptr ? dir : ".";
}

std::string FolderOf(const std::string& path) {
  if (path.rfind("compiler/runtime/", 0) == 0) return "compiler/runtime";
  return path.substr(0, path.find('/'));
}

bool IsSource(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".h" || extension == ".cc" || extension == ".c";
}

std::string ReadFile(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(LayeringTest, FoldersIncludeOnlyWhatTheyMay) {
  const std::regex include(R"re(#include "([a-z-]+/[^"]+)")re");
  int checked = 0;
  for (const auto& [folder, allowed] : Edges()) {
    for (const auto& entry : fs::recursive_directory_iterator(SourceDir() / folder)) {
      if (!IsSource(entry.path())) continue;
      const std::string relative = fs::relative(entry.path(), SourceDir()).string();
      if (FolderOf(relative) != folder) continue;
      const std::string text = ReadFile(entry.path());
      for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
        const std::string included = (*it)[1];
        const std::string other = FolderOf(included);
        if (included.find(".grpc.pb.h") != std::string::npos) {
          EXPECT_TRUE(ServiceFolders().contains(folder)) << relative << " includes the stubs " << included;
        }
        if (!Edges().contains(other) || other == folder || other == "proto") continue;
        ++checked;
        EXPECT_TRUE(allowed.contains(other)) << relative << " includes " << included;
      }
    }
  }
  EXPECT_GT(checked, 0) << "no include was found; check DIAPASON_SOURCE_DIR";
}

// The subfolders of a large folder build on each other. None may include another one that includes it,
// directly or through others.
TEST(LayeringTest, SubfoldersIncludeEachOtherOneWay) {
  const std::regex include(R"re(#include "([a-z]+/[a-z]+)/[^"]+")re");
  std::map<std::string, std::set<std::string>> edges;
  for (const char* folder : {"compiler", "tuner"}) {
    for (const auto& entry : fs::recursive_directory_iterator(SourceDir() / folder)) {
      if (!IsSource(entry.path())) continue;
      const std::string from = fs::relative(entry.path(), SourceDir()).parent_path().string();
      const std::string text = ReadFile(entry.path());
      for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
        if ((*it)[1] != from) edges[from].insert((*it)[1]);
      }
    }
  }
  // Removes edges to folders that have no edges, until nothing changes. What remains belongs to circles.
  for (bool shrinks = true; shrinks;) {
    shrinks = false;
    for (auto& [from, to] : edges)
      shrinks |= std::erase_if(to, [&](const std::string& other) { return edges[other].empty(); }) > 0;
  }
  for (const auto& [from, to] : edges)
    EXPECT_TRUE(to.empty()) << from << " is part of a circle of includes through " << *to.begin();
}

// If a source includes its header first, every compilation checks that the header compiles alone.
// tests/headers checks the headers without a source.
TEST(LayeringTest, ASourceIncludesItsHeaderFirst) {
  const std::regex include(R"re((^|\n)#include ([<"][^>"]+[>"]))re");
  int checked = 0;
  for (const char* folder :
       {"proto", "db", "costmodel", "compiler", "tracker", "device-agent", "tuner", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(SourceDir() / folder)) {
      if (!IsSource(entry.path()) || entry.path().extension() == ".h") continue;
      if (!fs::exists(fs::path(entry.path()).replace_extension(".h"))) continue;
      ++checked;
      const std::string relative = fs::relative(entry.path(), SourceDir()).string();
      const std::string text = ReadFile(entry.path());
      std::smatch first;
      ASSERT_TRUE(std::regex_search(text, first, include)) << relative;
      EXPECT_EQ(first[2].str(), "\"" + fs::path(relative).replace_extension(".h").string() + "\"")
          << relative;
    }
  }
  EXPECT_GT(checked, 100);
}

// A file of compiler/FOLDER declares in the namespace diapason::compiler::FOLDER; so does its test.
TEST(LayeringTest, NamespacesOfTheCompilerFollowItsFolders) {
  const std::regex opened(R"re((^|\n)namespace (diapason::compiler[a-z_:]*) \{)re");
  int checked = 0;
  for (const char* top : {"compiler", "tests/compiler"}) {
    for (const auto& entry : fs::recursive_directory_iterator(SourceDir() / top)) {
      if (!IsSource(entry.path())) continue;
      const std::string folder = fs::relative(entry.path().parent_path(), SourceDir() / top).string();
      const std::string text = ReadFile(entry.path());
      for (std::sregex_iterator it(text.begin(), text.end(), opened), end; it != end; ++it) {
        ++checked;
        EXPECT_EQ((*it)[2].str(), "diapason::compiler::" + folder) << entry.path();
      }
    }
  }
  EXPECT_GT(checked, 200);
}

TEST(LayeringTest, OnlyWrapperFilesSeeCLibraries) {
  const std::map<std::string, std::string> wrapped = {
      {"sqlite3.h", "db/sqlite."},
      {"libpq-fe.h", "db/postgresql."},
      {"xgboost/c_api.h", "costmodel/"}, {"yaml-cpp/", "compiler/targets/"}};
  for (const auto& entry : fs::recursive_directory_iterator(SourceDir())) {
    if (!IsSource(entry.path())) continue;
    const std::string relative = fs::relative(entry.path(), SourceDir()).string();
    if (relative.rfind("build", 0) == 0 || relative.rfind("tests", 0) == 0) continue;
    const std::string text = ReadFile(entry.path());
    for (const auto& [header, place] : wrapped) {
      if (text.find("#include <" + header) == std::string::npos &&
          text.find("#include \"" + header) == std::string::npos) {
        continue;
      }
      EXPECT_EQ(relative.rfind(place, 0), 0u)
          << relative << " includes " << header << "; only " << place << "* may";
    }
  }
}

TEST(LayeringTest, DeviceAgentDoesNotLinkLlvm) {
  const std::string text =
      std::regex_replace(ReadFile(SourceDir() / "device-agent/CMakeLists.txt"), std::regex("#[^\n]*"), "");
  EXPECT_EQ(text.find("diapason::mlir"), std::string::npos);
  EXPECT_EQ(text.find("LLVM"), std::string::npos);
  EXPECT_EQ(text.find("diapason::tracker"), std::string::npos);
}

}  // namespace
