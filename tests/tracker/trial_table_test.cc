#include "tracker/trial_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace diapason::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Duration kNow = absl::Seconds(100);

v1::TrialSubmission Submission(const std::string& id) {
  v1::TrialSubmission submission;
  submission.mutable_request()->set_trial_id(id);
  return submission;
}

std::vector<std::string> Queue(const TrialTable& table) {
  std::vector<std::string> ids;
  for (const auto& [sequence, trial] : table.waiting()) ids.push_back(trial->id());
  return ids;
}

TEST(TrialTableTest, ATrialIsInOneStateOnly) {
  TrialTable table(500);
  TrackedTrial& trial = table.Add(Submission("t1"), kNow);
  EXPECT_THAT(Queue(table), ElementsAre("t1"));

  const Lease lease = table.Grant(trial, "box-1");
  EXPECT_EQ(lease.fencing_token, 500);
  EXPECT_EQ(trial.state, TrialState::kHeld);
  EXPECT_EQ(trial.device_id, "box-1");
  EXPECT_THAT(Queue(table), IsEmpty());
  EXPECT_TRUE(table.leases().IsCurrent("t1", 500));

  table.Finish(trial, v1::MeasureResult(), 500);
  EXPECT_EQ(trial.state, TrialState::kFinished);
  EXPECT_EQ(trial.device_id, "box-1") << "the device that did it";
  EXPECT_EQ(trial.finished_token, 500);
  EXPECT_FALSE(table.leases().IsCurrent("t1", 500));
  EXPECT_THAT(Queue(table), IsEmpty());

  table.Remove(trial);
  EXPECT_EQ(table.Find("t1"), nullptr);
}

TEST(TrialTableTest, ATrialComesBackToItsPlaceInTheQueue) {
  TrialTable table(1);
  for (const char* id : {"c", "b", "a"}) table.Add(Submission(id), kNow);
  TrackedTrial& second = *table.Find("b");
  table.Grant(second, "box-1");
  EXPECT_THAT(Queue(table), ElementsAre("c", "a"));
  table.Requeue(second, kNow + absl::Seconds(5));
  EXPECT_THAT(Queue(table), ElementsAre("c", "b", "a"));
  EXPECT_EQ(second.waits_since, kNow + absl::Seconds(5));
  EXPECT_TRUE(second.device_id.empty());
  EXPECT_THAT(table.leases().OfDevice("box-1"), IsEmpty());
}

TEST(TrialTableTest, RemoveEndsWhateverStateItWasIn) {
  TrialTable table(1);
  table.Remove(table.Add(Submission("waiting"), kNow));
  TrackedTrial& held = table.Add(Submission("held"), kNow);
  table.Grant(held, "box-1");
  table.Remove(held);
  EXPECT_THAT(Queue(table), IsEmpty());
  EXPECT_THAT(table.leases().OfDevice("box-1"), IsEmpty());
}

}  // namespace
}  // namespace diapason::tracker
