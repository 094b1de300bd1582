#include "tracker/artifact_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/base/content_hash.h"

namespace diapason::tracker {
namespace {

using ::testing::HasSubstr;

std::string Bytes(char fill, size_t size = 100) { return std::string(size, fill); }

TEST(ArtifactCacheTest, KeepsBytesByTheirHash) {
  ArtifactCache cache(1000);
  const std::string hash = ContentHash(Bytes('a'));
  EXPECT_EQ(cache.Get(hash), nullptr);
  ASSERT_TRUE(cache.Put(hash, Bytes('a')).ok());
  ASSERT_TRUE(cache.Put(hash, Bytes('a')).ok());
  EXPECT_EQ(*cache.Get(hash), Bytes('a'));
  EXPECT_EQ(cache.size_bytes(), 100);
}

TEST(ArtifactCacheTest, RefusesBytesOfAnotherHash) {
  ArtifactCache cache(1000);
  const absl::Status status = cache.Put(ContentHash("x"), "y");
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(ContentHash("y")));
  EXPECT_EQ(cache.Get(ContentHash("x")), nullptr);
}

TEST(ArtifactCacheTest, TheLeastRecentlyUsedGo) {
  ArtifactCache cache(300);
  std::vector<std::string> hashes;
  for (char c : {'a', 'b', 'c'}) {
    hashes.push_back(ContentHash(Bytes(c)));
    ASSERT_TRUE(cache.Put(hashes.back(), Bytes(c)).ok());
  }
  cache.Get(hashes[0]);
  ASSERT_TRUE(cache.Put(ContentHash(Bytes('d')), Bytes('d')).ok());
  EXPECT_NE(cache.Get(hashes[0]), nullptr);
  EXPECT_EQ(cache.Get(hashes[1]), nullptr);
  EXPECT_EQ(cache.size_bytes(), 300);
}

TEST(ArtifactCacheTest, WhatIsInUseStays) {
  ArtifactCache cache(200);
  const std::string a = ContentHash(Bytes('a'));
  const std::string b = ContentHash(Bytes('b'));
  ASSERT_TRUE(cache.Put(a, Bytes('a')).ok());
  ASSERT_TRUE(cache.Put(b, Bytes('b')).ok());
  ASSERT_TRUE(cache.Pin(a));
  ASSERT_TRUE(cache.Pin(a));
  ASSERT_TRUE(cache.Pin(b));
  EXPECT_FALSE(cache.Pin(ContentHash("unknown")));
  EXPECT_TRUE(absl::IsResourceExhausted(cache.Put(ContentHash(Bytes('c')), Bytes('c'))));
  cache.Unpin(a);
  EXPECT_TRUE(absl::IsResourceExhausted(cache.Put(ContentHash(Bytes('c')), Bytes('c')))) << "pinned twice";
  cache.Unpin(a);
  EXPECT_TRUE(cache.Put(ContentHash(Bytes('c')), Bytes('c')).ok());
  EXPECT_EQ(cache.Get(a), nullptr);
  EXPECT_NE(cache.Get(b), nullptr);
}

}  // namespace
}  // namespace diapason::tracker
