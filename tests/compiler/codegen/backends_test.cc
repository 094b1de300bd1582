#include "compiler/codegen/backends.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/domain/target_kind.h"
#include "tests/testing/status_matchers.h"

namespace diapason::compiler {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(BackendsTest, EachHasANameAndAVersionOfItsOwn) {
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

TEST(BackendsTest, AKindOfALaterReleaseIsRefusedByWhatThereIs) {
  EXPECT_THAT(MakeBackend(static_cast<v1::TargetKind>(77)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("of the kind 77, only for cpu")));
}

}  // namespace
}  // namespace diapason::compiler
