#include "tuner/server/server_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/domain/outcome.h"
#include "tests/tuner/job/fakes.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ServerMetricsTest, WhatHasNotHappenedIsZero) {
  ServerMetrics metrics;
  const std::string text = metrics.Text({});
  EXPECT_THAT(text, HasSubstr("diapason_trials_total{outcome=\"wrong_output\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("diapason_builds_total{outcome=\"compile_timeout\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("diapason_jobs{state=\"running\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("diapason_devices{state=\"offline\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("diapason_tracker_up 0\n"));
  EXPECT_THAT(text, HasSubstr("diapason_trial_seconds_count 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("unspecified")));
}

TEST(ServerMetricsTest, TheStateIsThatOfTheMoment) {
  ServerMetrics metrics;
  ServerMetrics::State state;
  state.jobs.resize(2);
  state.jobs[0].set_state(v1::JOB_STATE_RUNNING);
  state.jobs[1].set_state(v1::JOB_STATE_RUNNING);
  state.tracker_answers = true;
  state.devices.resize(1);
  state.devices[0].set_state(v1::DEVICE_STATE_LEASED);
  state.devices[0].set_health(v1::DEVICE_HEALTH_SUSPECT);
  state.devices[0].set_busy_share(0.5);
  state.waiting_builds = 3;
  const std::string text = metrics.Text(state);
  EXPECT_THAT(text, HasSubstr("diapason_jobs{state=\"running\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("diapason_devices{state=\"leased\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("diapason_devices_health{health=\"suspect\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("diapason_devices_busy 0.5\n"));
  EXPECT_THAT(text, HasSubstr("diapason_builds_waiting 3\n"));
  EXPECT_THAT(metrics.Text({}), HasSubstr("diapason_jobs{state=\"running\"} 0\n"));
}

TEST(ServerMetricsTest, BuildsAreCounted) {
  ServerMetrics metrics;
  ScriptedBuilder builder([](const v1::BuildRequest& request) {
    return request.script() == "bad" ? v1::OUTCOME_KIND_COMPILE_ERROR : v1::OUTCOME_KIND_OK;
  });
  CountingBuilder counting(builder, metrics);
  int done = 0;
  for (const char* script : {"a", "bad", "b"}) {
    v1::BuildRequest request;
    request.set_script(script);
    counting.Build(request, [&](const v1::BuildResponse&) { ++done; });
  }
  EXPECT_EQ(done, 3);
  const std::string text = metrics.Text({});
  EXPECT_THAT(text, HasSubstr("diapason_builds_total{outcome=\"ok\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("diapason_builds_total{outcome=\"compile_error\"} 1\n"));
}

// A result that could not be stored comes again, and counts once.
TEST(ServerMetricsTest, TrialsAreCountedWhenTheyAreStored) {
  class Twice final : public Measurer {
   public:
    void Measure(MeasureWork, OnResult on_result) override {
      v1::MeasureResult result;
      *result.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_OK);
      result.set_busy_us(30'000);
      EXPECT_FALSE(on_result(result).ok());
      EXPECT_TRUE(on_result(result).ok());
    }
    void Cancel(absl::Span<const std::string>) override {}
    void CancelStaleTrials(const std::string&) override {}
    absl::StatusOr<std::vector<v1::DeviceStatus>> Devices() override {
      return absl::UnavailableError("away");
    }
  };
  ServerMetrics metrics;
  Twice measurer;
  CountingMeasurer counting(measurer, metrics);
  int calls = 0;
  counting.Measure({}, [&](const v1::MeasureResult&) {
    return ++calls == 1 ? absl::UnavailableError("the disk is full") : absl::OkStatus();
  });
  const std::string text = metrics.Text({});
  EXPECT_THAT(text, HasSubstr("diapason_trials_total{outcome=\"ok\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("diapason_trial_seconds_bucket{le=\"0.05\"} 1\n"));
}

}  // namespace
}  // namespace diapason::tuner
