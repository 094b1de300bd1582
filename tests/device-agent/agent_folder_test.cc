#include "device-agent/agent_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/testing/status_matchers.h"

namespace diapason::device_agent {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(AgentFolderTest, BelongsToOneAgentAndIsRemovedAtItsEnd) {
  const std::string cache_dir = ::testing::TempDir() + "/agent-folder-" + std::to_string(getpid());
  std::string path;
  {
    const auto folder = AgentFolder::Create(cache_dir, "box-1");
    ASSERT_THAT(folder, IsOk());
    path = (*folder)->path();
    EXPECT_TRUE(std::filesystem::path(path).is_absolute());
    std::ofstream(path + "/file") << "text";
    EXPECT_THAT(AgentFolder::Create(cache_dir, "box-1"),
                StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr(path), HasSubstr("TMPDIR"))));
    EXPECT_THAT(AgentFolder::Create(cache_dir, "box-2"), IsOk());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_THAT(AgentFolder::Create(cache_dir, "box-1"), IsOk());
  std::filesystem::remove_all(cache_dir);
}

TEST(AgentFolderTest, AFolderThatCannotBeMadeIsAnError) {
  EXPECT_THAT(AgentFolder::Create("/proc/no-such-folder", "box-1"),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("cannot write to the folder")));
}

}  // namespace
}  // namespace diapason::device_agent
