#include "proto/base/lru_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace diapason {
namespace {

using ::testing::ElementsAre;

const auto kAnyMayGo = [](const std::string&, int) { return true; };

TEST(LruCacheTest, TheLeastRecentlyUsedGoFirst) {
  LruCache<int> cache;
  cache.Put("a", 1, 10);
  cache.Put("b", 2, 10);
  cache.Put("c", 3, 10);
  ASSERT_NE(cache.Get("a"), nullptr);
  ASSERT_NE(cache.Peek("b"), nullptr) << "Peek does not count as a use";
  std::vector<std::string> dropped;
  cache.Trim(15, 0, [&](const std::string& key, int) {
    dropped.push_back(key);
    return true;
  });
  EXPECT_THAT(dropped, ElementsAre("b", "c"));
  EXPECT_EQ(*cache.Get("a"), 1);
  EXPECT_EQ(cache.Get("b"), nullptr);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(cache.bytes(), 10);
}

TEST(LruCacheTest, TheOwnerMayKeepAnEntry) {
  LruCache<int> cache;
  for (int i = 0; i < 4; ++i) cache.Put(std::string(1, static_cast<char>('a' + i)), i, 10);
  cache.Trim(10, 0, [](const std::string&, int value) { return value % 2 == 1; });
  EXPECT_NE(cache.Peek("a"), nullptr);
  EXPECT_EQ(cache.Peek("b"), nullptr);
  EXPECT_NE(cache.Peek("c"), nullptr);
  EXPECT_EQ(cache.Peek("d"), nullptr);
  EXPECT_EQ(cache.bytes(), 20) << "more than the limit, because some entries are kept";
}

TEST(LruCacheTest, PutReplaces) {
  LruCache<int> cache;
  cache.Put("a", 1, 10);
  cache.Put("b", 2, 10);
  cache.Put("a", 3, 5);
  EXPECT_EQ(*cache.Peek("a"), 3);
  EXPECT_EQ(cache.bytes(), 15);
  EXPECT_EQ(cache.size(), 2u);
  cache.Trim(5, 0, kAnyMayGo);
  EXPECT_NE(cache.Peek("a"), nullptr) << "it was used after b";
  cache.Trim(0, 1, kAnyMayGo);
  EXPECT_EQ(cache.size(), 1u);
  cache.Trim(0, 0, kAnyMayGo);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.bytes(), 0);
}

}  // namespace
}  // namespace diapason
