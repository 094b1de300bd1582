#include "device-agent/file_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/testing/status_matchers.h"

namespace diapason::device_agent {
namespace {

namespace fs = std::filesystem;

class FileCacheTest : public testing::Test {
 protected:
  FileCacheTest() : folder_(testing::TempDir() + "/file-cache-" + std::to_string(getpid())) {}
  ~FileCacheTest() override { fs::remove_all(folder_); }

  static std::string Read(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  const std::string folder_;
};

TEST_F(FileCacheTest, KeepsFiles) {
  auto cache = FileCache::Create(folder_, 1000);
  ASSERT_THAT(cache, IsOk());
  EXPECT_EQ((*cache)->Find("a"), "");
  const auto path = (*cache)->Put("a", "bytes");
  ASSERT_THAT(path, IsOk());
  EXPECT_EQ((*cache)->Find("a"), *path);
  EXPECT_EQ(Read(*path), "bytes");
  ASSERT_THAT((*cache)->Put("a", "other"), IsOk());
  EXPECT_EQ(Read(*path), "other");
}

TEST_F(FileCacheTest, StaleFilesAreCleared) {
  fs::create_directories(folder_);
  std::ofstream(folder_ + "/stale") << "x";
  ASSERT_THAT(FileCache::Create(folder_, 1000), IsOk());
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(FileCacheTest, TheLeastRecentlyUsedGoButNeverTheLatest) {
  auto cache = FileCache::Create(folder_, 100);
  ASSERT_THAT(cache, IsOk());
  for (int i = 0; i < 40; ++i) {
    ASSERT_THAT((*cache)->Put(std::to_string(i), std::string(10, 'x')), IsOk());
    (*cache)->Find("0");
  }
  EXPECT_NE((*cache)->Find("0"), "") << "it was used repeatedly";
  EXPECT_EQ((*cache)->Find("1"), "");
  EXPECT_NE((*cache)->Find("39"), "");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 32);
}

TEST_F(FileCacheTest, AFolderThatCannotBeCreatedIsAnError) {
  EXPECT_THAT(FileCache::Create("/proc/no-such-folder", 1000), StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(FileCacheTest, AFailedWriteLeavesNothing) {
  auto cache = FileCache::Create(folder_, 1000);
  ASSERT_THAT(cache, IsOk());
  fs::remove_all(folder_);
  EXPECT_THAT((*cache)->Put("a", "bytes"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ((*cache)->Find("a"), "");
}

}  // namespace
}  // namespace diapason::device_agent
