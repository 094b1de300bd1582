#include "tracker/artifact_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/base/content_hash.h"
#include "tests/testing/status_matchers.h"

namespace diapason::tracker {
namespace {

using ::testing::HasSubstr;

std::string Bytes(char fill, size_t size = 100) { return std::string(size, fill); }

TEST(ArtifactCacheTest, KeepsBytesByTheirHash) {
  ArtifactCache cache(1000);
  const std::string hash = ContentHash(Bytes('a'));
  EXPECT_EQ(cache.Get(hash), nullptr);
  ASSERT_THAT(cache.Put(hash, Bytes('a')), IsOk());
  ASSERT_THAT(cache.Put(hash, Bytes('a')), IsOk());
  EXPECT_EQ(*cache.Get(hash), Bytes('a'));
  EXPECT_EQ(cache.size_bytes(), 100);
}

TEST(ArtifactCacheTest, RefusesWhatIsLargerThanItself) {
  ArtifactCache cache(1000);
  EXPECT_THAT(cache.Put("a", Bytes('a', 1001)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1001")));
  EXPECT_EQ(cache.Get("a"), nullptr);
}

TEST(ArtifactCacheTest, TheLeastRecentlyUsedGo) {
  ArtifactCache cache(300);
  std::vector<std::string> hashes;
  for (char c : {'a', 'b', 'c'}) {
    hashes.push_back(ContentHash(Bytes(c)));
    ASSERT_THAT(cache.Put(hashes.back(), Bytes(c)), IsOk());
  }
  cache.Get(hashes[0]);
  ASSERT_THAT(cache.Put(ContentHash(Bytes('d')), Bytes('d')), IsOk());
  EXPECT_NE(cache.Get(hashes[0]), nullptr);
  EXPECT_EQ(cache.Get(hashes[1]), nullptr);
  EXPECT_EQ(cache.size_bytes(), 300);
}

TEST(ArtifactCacheTest, WhatIsInUseStays) {
  ArtifactCache cache(200);
  const std::string a = ContentHash(Bytes('a'));
  const std::string b = ContentHash(Bytes('b'));
  ASSERT_THAT(cache.Put(a, Bytes('a')), IsOk());
  ASSERT_THAT(cache.Put(b, Bytes('b')), IsOk());
  ASSERT_TRUE(cache.Pin(a));
  ASSERT_TRUE(cache.Pin(a));
  ASSERT_TRUE(cache.Pin(b));
  EXPECT_FALSE(cache.Pin(ContentHash("unknown")));
  EXPECT_THAT(cache.Put(ContentHash(Bytes('c')), Bytes('c')), StatusIs(absl::StatusCode::kResourceExhausted));
  cache.Unpin(a);
  EXPECT_THAT(cache.Put(ContentHash(Bytes('c')), Bytes('c')), StatusIs(absl::StatusCode::kResourceExhausted))
      << "it was pinned twice";
  cache.Unpin(a);
  EXPECT_THAT(cache.Put(ContentHash(Bytes('c')), Bytes('c')), IsOk());
  EXPECT_EQ(cache.Get(a), nullptr);
  EXPECT_NE(cache.Get(b), nullptr);
}

}  // namespace
}  // namespace diapason::tracker
