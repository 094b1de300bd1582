#include "device-agent/file_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

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
  ASSERT_TRUE(cache.ok()) << cache.status();
  EXPECT_EQ((*cache)->Find("a"), "");
  const auto path = (*cache)->Put("a", "bytes");
  ASSERT_TRUE(path.ok());
  EXPECT_EQ((*cache)->Find("a"), *path);
  EXPECT_EQ(Read(*path), "bytes");
  ASSERT_TRUE((*cache)->Put("a", "other").ok());
  EXPECT_EQ(Read(*path), "other");
}

TEST_F(FileCacheTest, StaleFilesAreCleared) {
  fs::create_directories(folder_);
  std::ofstream(folder_ + "/stale") << "x";
  ASSERT_TRUE(FileCache::Create(folder_, 1000).ok());
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(FileCacheTest, TheLeastRecentlyUsedGoButNeverTheLatest) {
  auto cache = FileCache::Create(folder_, 100);
  ASSERT_TRUE(cache.ok());
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE((*cache)->Put(std::to_string(i), std::string(10, 'x')).ok());
    (*cache)->Find("0");
  }
  EXPECT_NE((*cache)->Find("0"), "") << "used again and again";
  EXPECT_EQ((*cache)->Find("1"), "");
  EXPECT_NE((*cache)->Find("39"), "");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 32);
}

TEST_F(FileCacheTest, AFolderThatCannotBeIsAStatus) {
  EXPECT_TRUE(absl::IsPermissionDenied(FileCache::Create("/proc/no-such-folder", 1000).status()));
}

TEST_F(FileCacheTest, AFailedWriteLeavesNothing) {
  auto cache = FileCache::Create(folder_, 1000);
  ASSERT_TRUE(cache.ok());
  fs::remove_all(folder_);
  EXPECT_TRUE(absl::IsUnavailable((*cache)->Put("a", "bytes").status()));
  EXPECT_EQ((*cache)->Find("a"), "");
}

}  // namespace
}  // namespace diapason::device_agent
