#include "tracker/lease_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace diapason::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Ids(const std::vector<Lease>& leases) {
  std::vector<std::string> ids;
  for (const Lease& lease : leases) ids.push_back(lease.trial_id);
  return ids;
}

TEST(LeaseTableTest, TokensGrowFromTheFirst) {
  LeaseTable table(500);
  EXPECT_EQ(table.Grant("b", "box-1").fencing_token, 500);
  EXPECT_EQ(table.Grant("a", "box-1").fencing_token, 501);
  EXPECT_EQ(table.Grant("c", "box-2").fencing_token, 502);
  EXPECT_THAT(Ids(table.OfDevice("box-1")), ElementsAre("b", "a"));
  EXPECT_THAT(Ids(table.OfDevice("box-3")), IsEmpty());
}

TEST(LeaseTableTest, ANewGrantFencesTheOldOne) {
  LeaseTable table(1);
  const int64_t old_token = table.Grant("a", "box-1").fencing_token;
  const int64_t new_token = table.Grant("a", "box-2").fencing_token;
  EXPECT_FALSE(table.IsCurrent("a", old_token));
  EXPECT_TRUE(table.IsCurrent("a", new_token));
  EXPECT_THAT(table.OfDevice("box-1"), IsEmpty());
  table.Release("a");
  table.Release("a");
  EXPECT_FALSE(table.IsCurrent("a", new_token));
  EXPECT_FALSE(table.IsCurrent("unknown", new_token));
}

}  // namespace
}  // namespace diapason::tracker
