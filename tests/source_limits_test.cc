// Checks the lengths of source files and of their lines. A longer file has more than one subject, and a
// longer line does not fit on half a screen.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

constexpr int kLines = 400;
constexpr size_t kColumns = 110;

// `path` is relative to the sources.
bool IsChecked(const fs::path& path) {
  static const auto* extensions = new std::set<std::string>{".h", ".cc", ".c", ".proto", ".td"};
  if (path.extension() == ".mlir") return path.string().rfind("compiler/sketches/", 0) == 0;
  return extensions->contains(path.extension().string());
}

// Returns the length in characters: bytes that continue a UTF-8 sequence are not counted.
size_t Columns(const std::string& line) {
  size_t columns = 0;
  for (unsigned char c : line) columns += (c & 0xC0) != 0x80;
  return columns;
}

TEST(SourceLimitsTest, FilesAndLinesAreShort) {
  const fs::path root = std::getenv("DIAPASON_SOURCE_DIR");
  int checked = 0;
  for (const char* folder :
       {"proto", "tracker", "tuner", "device-agent", "compiler", "costmodel", "db", "deploy", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const fs::path path = fs::relative(entry.path(), root);
      if (!IsChecked(path)) continue;
      ++checked;
      std::ifstream file(entry.path());
      std::string line;
      int lines = 0;
      while (std::getline(file, line)) {
        ++lines;
        EXPECT_LE(Columns(line), kColumns) << path.string() << ":" << lines;
      }
      EXPECT_LE(lines, kLines) << path.string();
    }
  }
  EXPECT_GT(checked, 500);
}

}  // namespace
