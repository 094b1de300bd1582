#include "tuner/job/trial_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "proto/base/content_hash.h"
#include "tests/tuner/job/one_task_fixture.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

// One task, and the part that is tested.
class TrialPipelineTest : public OneTaskTest {
 protected:
  void Begin(ScriptedMeasurer::Script script, ScriptedBuilder::Outcomes builds = nullptr,
             bool workload_is_stored = true) {
    if (workload_is_stored) StoreWorkload();
    builder_ = std::make_unique<HoldingBuilder>(std::move(builds));
    MakeTask(*builder_, std::move(script));
    pipeline_ = std::make_unique<TrialPipeline>(*context_, *references_);
    context_->budget.BeginTrials();
  }

  void TearDown() override {
    pipeline_->Close();
    references_->Close();
  }

  void Start(int64_t number, int attempt = 1) {
    pipeline_->Start(*task_, *task_->search->Make(NumberSchedule(number)), attempt);
  }

  // Waits until nothing is in flight.
  void Drain() {
    for (int i = 0; i < 1000 && pipeline_->in_flight() > 0; ++i) absl::SleepFor(absl::Milliseconds(5));
    EXPECT_EQ(pipeline_->in_flight(), 0);
  }

  std::map<int64_t, double> Observed() {
    std::map<int64_t, double> observed;
    for (const Observation& observation : pipeline_->TakeObservations(*task_)) {
      observed[observation.config.values[0]] = observation.time_us;
    }
    return observed;
  }

  // A builder that can hold its answers back.
  class HoldingBuilder : public ScriptedBuilder {
   public:
    using ScriptedBuilder::ScriptedBuilder;
    void Build(v1::BuildRequest request, Done done) override {
      if (!hold) return ScriptedBuilder::Build(std::move(request), std::move(done));
      held.push_back([this, request, done] { ScriptedBuilder::Build(request, done); });
    }
    bool hold = false;
    std::vector<std::function<void()>> held;
  };

  std::unique_ptr<HoldingBuilder> builder_;
  std::unique_ptr<TrialPipeline> pipeline_;
};

TEST_F(TrialPipelineTest, ATrialIsBuiltMeasuredRecordedAndShownToTheSearch) {
  Begin({.time_us = Improving});
  for (int64_t number : {0, 1, 3}) Start(number);
  Drain();
  EXPECT_EQ(builder_->builds(), 4) << "three candidates and one reference";
  EXPECT_EQ(Observed(), (std::map<int64_t, double>{{0, 1000}, {1, 500}, {3, 250}}));
  EXPECT_TRUE(Observed().empty()) << "each is returned once";
  EXPECT_EQ(task_->state.trials(), 3);
  EXPECT_EQ(task_->state.best_us(), 250);
  const std::vector<v1::Record> records = Records(*store_, v1::TRIAL_PHASE_SEARCH);
  ASSERT_EQ(records.size(), 3u);
  for (const v1::Record& record : records) {
    EXPECT_EQ(record.job_id(), "job1");
    EXPECT_EQ(record.workload_id(), ContentHash("workload-0"));
    EXPECT_EQ(record.attempt(), 1);
    EXPECT_EQ(record.backend(), "cpu");
    EXPECT_EQ(record.backend_version(), "version-1");
    EXPECT_EQ(record.threads(), 1);
    EXPECT_EQ(record.device_id(), "box-1");
    EXPECT_FALSE(record.artifact_hash().empty());
  }
}

TEST_F(TrialPipelineTest, CandidatesWaitForTheReference) {
  Begin({.time_us = Improving});
  builder_->hold = true;
  Start(1);
  ASSERT_EQ(builder_->held.size(), 2u) << "the reference first";
  builder_->held[1]();
  EXPECT_EQ(pipeline_->in_flight(), 1);
  EXPECT_TRUE(measurer_->measured().empty());
  builder_->held[0]();
  Drain();
  EXPECT_EQ(measurer_->measured().size(), 1u);
}

TEST_F(TrialPipelineTest, AFailedBuildIsStoredByTheJobsThread) {
  Begin({.time_us = Improving}, [](const v1::BuildRequest& request) {
    return request.script() == "1" ? v1::OUTCOME_KIND_COMPILE_ERROR : v1::OUTCOME_KIND_OK;
  });
  Start(1);
  EXPECT_EQ(pipeline_->in_flight(), 1);
  EXPECT_TRUE(Records(*store_, v1::TRIAL_PHASE_SEARCH).empty());
  pipeline_->StoreFailedBuilds();
  EXPECT_EQ(pipeline_->in_flight(), 0);
  ASSERT_EQ(Records(*store_, v1::TRIAL_PHASE_SEARCH).size(), 1u);
  EXPECT_TRUE(std::isinf(Observed()[1]));
  EXPECT_TRUE(measurer_->measured().empty());
}

TEST_F(TrialPipelineTest, ABuilderThatCannotBuildFailsTheRun) {
  Begin({.time_us = Improving}, [](const v1::BuildRequest& request) {
    return request.script() == "1" ? v1::OUTCOME_KIND_DEVICE_LOST : v1::OUTCOME_KIND_OK;
  });
  Start(1);
  EXPECT_FALSE(context_->signal.failure().ok());
  EXPECT_TRUE(Records(*store_, v1::TRIAL_PHASE_SEARCH).empty());
}

TEST_F(TrialPipelineTest, ATrialThatItsDeviceFailedIsTriedAgainUnderAnotherAttempt) {
  auto failures = std::make_shared<int>(0);
  Begin({.time_us = Improving, .outcome = [failures](const v1::MeasureRequest&, const std::string&) {
           return ++*failures <= 2 ? v1::OUTCOME_KIND_DEVICE_LOST : v1::OUTCOME_KIND_OK;
         }});
  Start(7);
  Drain();
  EXPECT_EQ(builder_->builds(), 2) << "the same artifact is measured again";
  std::vector<int> attempts;
  std::set<std::string> ids;
  for (const v1::Record& record : Records(*store_, v1::TRIAL_PHASE_SEARCH)) {
    attempts.push_back(record.attempt());
    ids.insert(record.trial_id());
  }
  EXPECT_EQ(attempts, (std::vector<int>{3, 2, 1}));
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(task_->state.trials(), 1) << "only outcomes that depend on the schedule count";
  EXPECT_EQ(Observed().size(), 1u);
}

TEST_F(TrialPipelineTest, AfterTheLastAttemptNothingIsLearnt) {
  Begin({.time_us = Improving, .outcome = [](const v1::MeasureRequest&, const std::string&) {
           return v1::OUTCOME_KIND_THROTTLED;
         }});
  Start(7, /*attempt=*/2);  // an earlier server has tried it once
  Drain();
  EXPECT_EQ(Records(*store_, v1::TRIAL_PHASE_SEARCH).size(), 2u);
  EXPECT_EQ(task_->state.trials(), 0);
  EXPECT_TRUE(Observed().empty());
}

TEST_F(TrialPipelineTest, AReferenceThatFailsOnTheDevicesStopsItsTask) {
  Begin({.time_us = Improving, .outcome = [](const v1::MeasureRequest&, const std::string&) {
           return v1::OUTCOME_KIND_REFERENCE_FAILED;
         }});
  Start(1);
  Drain();
  EXPECT_THAT(task_->state.stop_reason(), HasSubstr("the reference of workload-0 fails on the devices"));
  EXPECT_TRUE(context_->signal.failure().ok()) << "other tasks continue";
}

TEST_F(TrialPipelineTest, ALogThatRefusesARecordFailsTheRunAndTheResultIsNotAcknowledged) {
  Begin({.time_us = Improving}, nullptr, /*workload_is_stored=*/false);
  Start(1);
  for (int i = 0; i < 1000 && context_->signal.failure().ok(); ++i) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_THAT(std::string(context_->signal.failure().message()), HasSubstr("the log cannot be written"));
  EXPECT_EQ(pipeline_->in_flight(), 1);
}

TEST_F(TrialPipelineTest, NothingHappensAfterClose) {
  Begin({.time_us = Improving});
  builder_->hold = true;
  Start(1);
  pipeline_->Close();
  EXPECT_EQ(pipeline_->in_flight(), 0);
  for (const auto& answer : builder_->held) answer();
  builder_->hold = false;
  EXPECT_TRUE(measurer_->measured().empty());
  EXPECT_TRUE(Records(*store_, v1::TRIAL_PHASE_SEARCH).empty());
}

}  // namespace
}  // namespace diapason::tuner
