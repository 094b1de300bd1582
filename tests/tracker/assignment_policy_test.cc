#include "tracker/assignment_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <limits>

namespace diapason::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Waiting trials and the storage behind their views.
class Snapshot {
 public:
  struct Entry {
    std::string id;
    std::string client;
    v1::DeviceSelector selector;
    std::set<std::string> failed;
  };

  Entry& Add(const std::string& id, const std::string& client, int priority = 0) {
    Entry& entry = entries_.emplace_back(Entry{id, client, {}, {}});
    waiting_.push_back({entry.id, entry.client, priority, &entry.selector, &entry.failed});
    return entry;
  }

  std::vector<std::string> Choose(const DeviceView& device, int slots, const std::vector<DeviceView>& usable,
                                  std::map<std::string, int64_t> served = {}) const {
    return ChooseTrials(device, slots, waiting_, usable, std::move(served));
  }

 private:
  std::deque<Entry> entries_;
  std::vector<WaitingTrial> waiting_;
};

const DeviceView kBox1 = {"box-1", "f1"};
const DeviceView kBox2 = {"box-2", "f1"};
const DeviceView kPi = {"pi", "f2"};

TEST(AssignmentPolicyTest, FirstComeFirstServedUpToTheSlots) {
  Snapshot s;
  s.Add("t1", "a");
  s.Add("t2", "a");
  s.Add("t3", "a");
  EXPECT_THAT(s.Choose(kBox1, 2, {kBox1}), ElementsAre("t1", "t2"));
  EXPECT_THAT(s.Choose(kBox1, 9, {kBox1}), ElementsAre("t1", "t2", "t3"));
  EXPECT_THAT(s.Choose(kBox1, 0, {kBox1}), IsEmpty());
  EXPECT_THAT(s.Choose(kBox1, -1, {kBox1}), IsEmpty());
}

TEST(AssignmentPolicyTest, SelectorsHoldTogether) {
  Snapshot s;
  s.Add("by-device", "a").selector.set_device_id("box-2");
  s.Add("by-target", "a").selector.set_target_fingerprint("f2");
  Snapshot::Entry& both = s.Add("both", "a");
  both.selector.set_device_id("box-1");
  both.selector.set_target_fingerprint("f2");
  s.Add("any", "a");
  EXPECT_THAT(s.Choose(kBox1, 9, {kBox1, kBox2, kPi}), ElementsAre("any"));
  EXPECT_THAT(s.Choose(kBox2, 9, {kBox1, kBox2, kPi}), ElementsAre("by-device", "any"));
  EXPECT_THAT(s.Choose(kPi, 9, {kBox1, kBox2, kPi}), ElementsAre("by-target", "any"));
}

TEST(AssignmentPolicyTest, PriorityBeforeFairness) {
  Snapshot s;
  s.Add("lowest", "a", std::numeric_limits<int>::min());
  s.Add("low", "a", 0);
  s.Add("high", "b", 5);
  s.Add("high-too", "b", 5);
  EXPECT_THAT(s.Choose(kBox1, 4, {kBox1}, {{"b", 100}}), ElementsAre("high", "high-too", "low", "lowest"));
}

TEST(AssignmentPolicyTest, EqualPrioritiesShareByClient) {
  Snapshot s;
  for (int i = 0; i < 4; ++i) s.Add("a" + std::to_string(i), "a");
  for (int i = 0; i < 4; ++i) s.Add("b" + std::to_string(i), "b");
  EXPECT_THAT(s.Choose(kBox1, 5, {kBox1}), ElementsAre("a0", "b0", "a1", "b1", "a2"));
  EXPECT_THAT(s.Choose(kBox1, 4, {kBox1}, {{"a", 2}}), ElementsAre("b0", "b1", "a0", "b2"));
}

TEST(AssignmentPolicyTest, ARetryGoesToAnotherDeviceWhereThereIsOne) {
  Snapshot s;
  s.Add("t", "a").failed = {"box-1"};
  EXPECT_THAT(s.Choose(kBox1, 1, {kBox1, kBox2}), IsEmpty());
  EXPECT_THAT(s.Choose(kBox2, 1, {kBox1, kBox2}), ElementsAre("t"));
  EXPECT_THAT(s.Choose(kBox1, 1, {kBox1}), ElementsAre("t")) << "the only one tries again";

  Snapshot pinned;
  Snapshot::Entry& entry = pinned.Add("t", "a");
  entry.failed = {"box-1"};
  entry.selector.set_device_id("box-1");
  EXPECT_THAT(pinned.Choose(kBox1, 1, {kBox1, kBox2}), ElementsAre("t")) << "the other one does not match";
}

}  // namespace
}  // namespace diapason::tracker
