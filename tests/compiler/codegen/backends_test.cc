#include "compiler/codegen/backends.h"

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/domain/target_kind.h"
#include "tests/testing/status_matchers.h"

namespace diapason::compiler::codegen {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(BackendsTest, EachHasAUniqueNameAndAVersion) {
  std::set<std::string> names, versions;
  for (const auto& backend : MakeAllBackends()) {
    const BackendVersion version = backend->version();
    EXPECT_THAT(std::string(backend->name()), MatchesRegex("[a-z][a-z0-9]*"));
    EXPECT_THAT(version.sources, MatchesRegex("[0-9a-f]{12}"));
    EXPECT_THAT(VersionText(version), MatchesRegex("[0-9.]+\\+[0-9a-f]{12} \\(.+\\)"));
    EXPECT_TRUE(names.insert(std::string(backend->name())).second) << backend->name();
    EXPECT_TRUE(versions.insert(version.sources).second) << backend->name();
  }
  EXPECT_TRUE(names.contains("cpu"));
}

TEST(BackendsTest, ATargetWithoutAKindIsACpu) {
  const auto backend = MakeBackend(KindOf(v1::Target()));
  ASSERT_TRUE(backend.ok()) << backend.status();
  EXPECT_EQ((*backend)->name(), "cpu");
  EXPECT_THAT((*backend)->version().toolchain, HasSubstr("LLVM 22."));
}

TEST(BackendsTest, RefusesAKindOfALaterReleaseAndListsTheKindsItHas) {
  EXPECT_THAT(MakeBackend(static_cast<v1::TargetKind>(77)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("of kind 77; it can for cpu")));
}

// If a file that takes part in making code were not hashed, the version would not change when it is edited.
TEST(SourceHashTest, CoversWhatItsFilesInclude) {
  const std::string source_dir = std::getenv("DIAPASON_SOURCE_DIR");
  std::ifstream list(std::string(std::getenv("DIAPASON_BUILD_DIR")) + "/compiler/codegen/cpu_sources.txt");
  std::set<std::string> hashed;
  for (std::string path; std::getline(list, path);) hashed.insert(path);
  EXPECT_TRUE(hashed.contains("compiler/codegen/lowering.cc"));
  EXPECT_TRUE(hashed.contains("compiler/sketches/library/steps.mlir"));
  const std::set<std::string> allowed = {"compiler/workload/diagnostics.h"};  // affects only messages
  const std::regex include(R"re(#include "(compiler/[^"]+\.h)")re");
  for (const std::string& path : hashed) {
    std::stringstream text;
    text << std::ifstream(source_dir + "/" + path).rdbuf();
    const std::string content = text.str();
    for (std::sregex_iterator it(content.begin(), content.end(), include), end; it != end; ++it) {
      const std::string included = (*it)[1];
      EXPECT_TRUE(hashed.contains(included) || allowed.contains(included))
          << path << " includes " << included;
    }
  }
}

}  // namespace
}  // namespace diapason::compiler::codegen
