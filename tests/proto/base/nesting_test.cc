#include "proto/base/nesting.h"

#include <gtest/gtest.h>

#include <string>

namespace diapason {
namespace {

TEST(NestingTest, CountsBracketsThatAreOpenAtOnce) {
  EXPECT_EQ(NestingDepth(""), 0);
  EXPECT_EQ(NestingDepth("()[]{}<>"), 1);
  EXPECT_EQ(NestingDepth("([{<>}])"), 4);
  EXPECT_EQ(NestingDepth("}}}(("), 2);
  EXPECT_EQ(NestingDepth(std::string(10000, '[')), 10000);
}

TEST(NestingTest, StringsCommentsAndArrowsDoNotCount) {
  EXPECT_EQ(NestingDepth(R"("((((" ( "a\"((" ))"), 1);
  EXPECT_EQ(NestingDepth("( // ((((\n )"), 1);
  EXPECT_EQ(NestingDepth("// ((("), 0);
  EXPECT_EQ(NestingDepth("\"((("), 0);
  EXPECT_EQ(NestingDepth("(!op) -> (!op, tensor<4x(d0) -> (d0)>)"), 3);
}

}  // namespace
}  // namespace diapason
