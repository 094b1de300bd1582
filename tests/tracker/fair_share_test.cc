#include "tracker/fair_share.h"

#include <gtest/gtest.h>

namespace diapason::tracker {
namespace {

TEST(FairShareTest, CountsWhatClientsGot) {
  FairShare share;
  share.Enter("a");
  share.Charge("a");
  share.Charge("a");
  EXPECT_EQ(share.Served("a"), 2);
  EXPECT_EQ(share.Served("stranger"), 0);
}

TEST(FairShareTest, ALatecomerStartsLevelWithTheLeastServed) {
  FairShare share;
  share.Enter("a");
  for (int i = 0; i < 100; ++i) share.Charge("a");
  share.Enter("b");
  EXPECT_EQ(share.Served("b"), 100);
  share.Charge("a");
  share.Enter("c");
  EXPECT_EQ(share.Served("c"), 100);
  share.Enter("a");  // it has entered already, so this has no effect
  EXPECT_EQ(share.Served("a"), 101);
}

TEST(FairShareTest, AbsenceEarnsNothing) {
  FairShare share;
  share.Enter("a");
  share.Enter("b");
  share.Leave("b");
  for (int i = 0; i < 10; ++i) share.Charge("a");
  share.Enter("b");
  EXPECT_EQ(share.Served("b"), 10);
}

}  // namespace
}  // namespace diapason::tracker
