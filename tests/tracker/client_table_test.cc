#include "tracker/client_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace diapason::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Duration kNow = absl::Seconds(100);

TrackedTrial& AddTrial(TrialTable& trials, const std::string& id) {
  v1::TrialSubmission submission;
  submission.mutable_request()->set_trial_id(id);
  return trials.Add(submission, kNow);
}

TEST(ClientTableTest, ATrialHasOneOwner) {
  TrialTable trials(1);
  ClientTable clients;
  EXPECT_TRUE(clients.RecordCall("former", "", kNow));
  EXPECT_FALSE(clients.RecordCall("former", "", kNow + absl::Seconds(1)));
  EXPECT_EQ(clients.Find("former")->last_seen, kNow + absl::Seconds(1));
  TrackedTrial& trial = AddTrial(trials, "t1");
  EXPECT_TRUE(clients.AssignOwner("former", trial));
  EXPECT_FALSE(clients.AssignOwner("former", trial));
  trials.Finish(trial, v1::MeasureResult(), 1);
  clients.MarkFinished(trial);
  trial.delivered = true;

  clients.RecordCall("present", "", kNow);
  EXPECT_TRUE(clients.AssignOwner("present", trial));
  EXPECT_THAT(clients.Find("former")->trials, IsEmpty());
  EXPECT_THAT(clients.Find("former")->finished, IsEmpty());
  EXPECT_THAT(clients.Find("present")->trials, ElementsAre("t1"));
  EXPECT_THAT(clients.Find("present")->finished, ElementsAre("t1"));
  EXPECT_FALSE(trial.delivered) << "it was delivered to another client";

  clients.RemoveTrial(trial);
  EXPECT_THAT(clients.Find("present")->trials, IsEmpty());
  clients.Remove("present");
  EXPECT_EQ(clients.Find("present"), nullptr);
}

TEST(ClientTableTest, AClientWithoutTrialsHasNoShare) {
  TrialTable trials(1);
  ClientTable clients;
  clients.RecordCall("tuner", "", kNow);
  TrackedTrial& trial = AddTrial(trials, "t1");
  clients.AssignOwner("tuner", trial);
  clients.share().Charge("tuner");
  EXPECT_EQ(clients.share().Served("tuner"), 1);
  clients.RemoveTrial(trial);
  EXPECT_EQ(clients.share().Served("tuner"), 0) << "its count starts again at zero";
}

}  // namespace
}  // namespace diapason::tracker
