#include "tracker/assignment_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <limits>

namespace diapason::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Trials that are waiting, in order of submission.
class Snapshot {
 public:
  TrackedTrial& Add(const std::string& id, const std::string& client, int priority = 0) {
    TrackedTrial& trial = trials_.emplace_back();
    trial.submission.mutable_request()->set_trial_id(id);
    trial.submission.set_priority(priority);
    trial.client_id = client;
    waiting_.push_back(&trial);
    return trial;
  }

  std::vector<std::string> Choose(const DeviceView& device, int slots, const std::vector<DeviceView>& usable,
                                  std::map<std::string, int64_t> served = {}) const {
    std::vector<std::string> ids;
    for (const TrackedTrial* trial : ChooseTrials(device, slots, waiting_, usable, std::move(served)))
      ids.push_back(trial->id());
    return ids;
  }

 private:
  std::deque<TrackedTrial> trials_;
  std::vector<TrackedTrial*> waiting_;
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
  s.Add("by-device", "a").submission.mutable_selector()->set_device_id("box-2");
  s.Add("by-target", "a").submission.mutable_selector()->set_target_fingerprint("f2");
  v1::DeviceSelector& both = *s.Add("both", "a").submission.mutable_selector();
  both.set_device_id("box-1");
  both.set_target_fingerprint("f2");
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
  s.Add("t", "a").failed_devices = {"box-1"};
  EXPECT_THAT(s.Choose(kBox1, 1, {kBox1, kBox2}), IsEmpty());
  EXPECT_THAT(s.Choose(kBox2, 1, {kBox1, kBox2}), ElementsAre("t"));
  EXPECT_THAT(s.Choose(kBox1, 1, {kBox1}), ElementsAre("t")) << "the only device tries the trial again";

  Snapshot pinned;
  TrackedTrial& pinned_trial = pinned.Add("t", "a");
  pinned_trial.failed_devices = {"box-1"};
  pinned_trial.submission.mutable_selector()->set_device_id("box-1");
  EXPECT_THAT(pinned.Choose(kBox1, 1, {kBox1, kBox2}), ElementsAre("t")) << "the other device does not match";
}

}  // namespace
}  // namespace diapason::tracker
