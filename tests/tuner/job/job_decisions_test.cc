// What a job does with the records and decisions that are in the log before it starts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "proto/base/content_hash.h"
#include "proto/domain/schedule_hash.h"
#include "proto/domain/target_fingerprint.h"
#include "tests/tuner/job/job_lab.h"

namespace diapason::tuner {
namespace {

TEST(JobDecisionsTest, RecordsOfAnEarlierJobAreNotMeasuredAgain) {
  const auto store = NewStore();
  for (int round = 0; round < 2; ++round) {
    Lab lab(*store, {.time_us = Improving});
    if (round == 1) ASSERT_EQ(lab.ids.NewId(), "job1");  // the ids continue where they were
    const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 20)));
    ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
    EXPECT_EQ(status.tasks(0).default_us(), 1000);
    EXPECT_DOUBLE_EQ(status.tasks(0).best_us(), round == 0 ? 1000.0 / 20 : 1000.0 / 40);
  }
}

// Returns the trial of the decision that counts and the number of its schedule.
std::pair<std::string, int64_t> Decided(const db::RecordStore& store) {
  const auto decision = store.GetDecision(TestTask(0));
  if (!decision.ok()) return {std::string(decision.status().message()), -1};
  const auto record = store.FindRecords({.trial_id = decision->trial_id()});
  return {decision->trial_id(), record->front().schedule().knobs(0).value()};
}

TEST(JobDecisionsTest, ASlowerWinnerDoesNotReplaceTheDecisionThatItMeets) {
  const auto store = NewStore();
  v1::JobStatus first;
  {
    Lab lab(*store, {.time_us = Improving}, nullptr, 40);
    first = lab.Await(*lab.engine->Submit(Request(1, 40)));
  }
  ASSERT_EQ(Decided(*store), std::pair(std::string("job1.0.final.1.1"), int64_t{39}));
  // The second job measures the schedules 40 to 69. None is faster than 39, which takes part.
  Lab lab(*store,
          {.time_us =
               [](const std::string& artifact) {
                 return 1000.0 / (1 + std::min<int64_t>(Number(artifact), 39));
               }},
          nullptr, 70);
  lab.ids.NewId();
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 30)));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  EXPECT_EQ(Decided(*store), std::pair(std::string("job1.0.final.1.1"), int64_t{39}));
  EXPECT_EQ(status.tasks(0).verdict(), v1::VERDICT_FASTER);
  EXPECT_EQ(ScheduleHash(status.tasks(0).best_schedule()), ScheduleHash(NumberSchedule(39)));
}

// A regression: schedules that could not be made any more filled the list of rivals, so the default was
// compared with nothing, and "no difference" replaced an earlier decision.
TEST(JobDecisionsTest, SchedulesThatCannotBeMadeAreSkippedAndTheirDecisionStays) {
  const auto store = NewStore();
  {
    Lab lab(*store, {.time_us = Improving}, nullptr, 40);
    lab.Await(*lab.engine->Submit(Request(1, 40)));
  }
  ASSERT_EQ(Decided(*store).second, 39);
  Lab lab(*store, {.time_us = Improving}, nullptr, 20, /*makes_below=*/20);
  lab.ids.NewId();
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 10)));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  std::set<int64_t> compared;
  for (const v1::Record& record : Records(*store, v1::TRIAL_PHASE_FINAL)) {
    if (record.job_id() == status.job_id()) compared.insert(record.schedule().knobs(0).value());
  }
  EXPECT_THAT(compared, ::testing::ElementsAre(0, 14, 15, 16, 17, 18, 19));
  EXPECT_EQ(Decided(*store).second, 39) << "the new best is 20 times as fast as the default, and was not "
                                           "compared with the earlier one, which is 40 times as fast";
}

TEST(JobDecisionsTest, ADecisionWhoseScheduleNoLongerBuildsIsReplaced) {
  const auto store = NewStore();
  {
    Lab lab(*store, {.time_us = Improving}, nullptr, 40);
    lab.Await(*lab.engine->Submit(Request(1, 40)));
  }
  Lab lab(
      *store, {.time_us = Improving},
      [](const v1::BuildRequest& request) {
        return request.script() == "39" ? v1::OUTCOME_KIND_COMPILE_ERROR : v1::OUTCOME_KIND_OK;
      },
      41);
  lab.ids.NewId();
  lab.Await(*lab.engine->Submit(Request(1, 1)));
  EXPECT_EQ(Decided(*store).second, 40);
}

TEST(JobDecisionsTest, ADecisionWhoseScheduleIsWrongTodayIsReplaced) {
  const auto store = NewStore();
  {
    Lab lab(*store, {.time_us = Improving}, nullptr, 40);
    lab.Await(*lab.engine->Submit(Request(1, 40)));
  }
  Lab lab(*store,
          {.time_us = Improving,
           .outcome =
               [](const v1::MeasureRequest& task, const std::string&) {
                 const std::string wrong = ContentHash("workload-0:39");
                 const auto& rivals = task.rival_hashes();
                 return std::find(rivals.begin(), rivals.end(), wrong) != rivals.end()
                            ? v1::OUTCOME_KIND_WRONG_OUTPUT
                            : v1::OUTCOME_KIND_OK;
               }},
          nullptr, 40);
  lab.ids.NewId();
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 1)));
  EXPECT_EQ(status.tasks(0).verdict(), v1::VERDICT_FASTER);
  EXPECT_EQ(Decided(*store).second, 38);
}

}  // namespace
}  // namespace diapason::tuner
