#include "tuner/report/job_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "tuner/report/text_table.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::JobStatus Status() {
  v1::JobStatus status;
  v1::TaskStatus* task = status.add_tasks();
  task->set_task_id("0123456789abcdef-0123456789abcdef");
  task->set_summary("conv2d 1x56x56x64 3x3 s1 -> 64 bias residual relu and more words");
  task->set_weight(4);
  task->set_default_us(12345.6);
  task->set_best_us(6789.1);
  task->set_trials(1234);
  task->set_verdict(v1::VERDICT_FASTER);
  for (int kind : {1, 2, 6, 9}) {
    v1::OutcomeCount* count = task->add_outcomes();
    count->set_kind(static_cast<v1::OutcomeKind>(kind));
    count->set_count(100);
  }
  status.set_trials_done(1234);
  status.set_elapsed_us(90'000'000);
  status.set_remaining_us(272'000'000);
  status.mutable_metrics()->set_device_busy_share(0.93);
  status.mutable_metrics()->set_trials_per_second(6.1);
  status.mutable_metrics()->set_median_trial_ms(40);
  return status;
}

TEST(JobReportTest, TheTableFitsAHundredColumns) {
  const std::string table = JobTable(Status(), true);
  for (absl::string_view line : absl::StrSplit(table, '\n')) EXPECT_LE(line.size(), 100u) << line;
  EXPECT_THAT(table, HasSubstr("1.82x"));
  EXPECT_THAT(table, HasSubstr("device busy 93 %"));
}

TEST(JobReportTest, ATaskSaysHowFarItsLimitIsAndWhyItEnded) {
  v1::JobStatus status = Status();
  EXPECT_THAT(JobTable(status, false), HasSubstr("budget"));
  status.mutable_tasks(0)->set_limit_us(5000);
  status.mutable_tasks(0)->set_ended("no gain left");
  EXPECT_THAT(JobTable(status, false), HasSubstr("1.36x    1234  no gain left"));
}

TEST(JobReportTest, ATaskThatKeepsItsDefaultClaimsNoSpeedUp) {
  v1::JobStatus status = Status();
  status.mutable_tasks(0)->set_verdict(v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
  EXPECT_THAT(JobTable(status, false), HasSubstr("no diff."));
}

TEST(JobReportTest, TheSandboxIsReportedIfATrialRanInIt) {
  v1::JobStatus status = Status();
  EXPECT_THAT(JobTable(status, false), HasSubstr("sandbox: full"));
  status.mutable_metrics()->set_reduced_sandbox(true);
  EXPECT_THAT(JobTable(status, false), HasSubstr("sandbox: reduced"));
  status.mutable_metrics()->clear_median_trial_ms();
  EXPECT_THAT(JobTable(status, false), Not(HasSubstr("sandbox")));
}

TEST(JobReportTest, ProgressHasTrialsTimesAndTheRemainingTime) {
  EXPECT_EQ(ProgressText(Status()), "1234 trials  6.1/s  49382 -> 27156 us  4:32 left");
}

TEST(TextTableTest, FormatsNumbers) {
  EXPECT_EQ(FormatUs(0), "-");
  EXPECT_EQ(FormatUs(12.34), "12.3");
  EXPECT_EQ(FormatUs(1234.5), "1234");
  EXPECT_EQ(FormatSeconds(75), "1:15");
  EXPECT_EQ(FormatSeconds(3701), "1:01:41");
}

}  // namespace
}  // namespace diapason::tuner
