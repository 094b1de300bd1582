#include "tuner/report/report_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace diapason::tuner {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

// A state of a job with the tasks "a", which occurs twice, and "b".
v1::JobStatus State(int64_t seconds, int64_t trials, double a_us, double b_us) {
  v1::JobStatus status;
  status.set_name("model.onnx");
  status.set_elapsed_us(seconds * 1'000'000);
  status.set_trials_done(2 * trials);
  for (const auto& [id, us] : {std::pair<const char*, double>("a", a_us), {"b", b_us}}) {
    v1::TaskStatus* task = status.add_tasks();
    task->set_task_id(id);
    task->set_workload_id(id);
    task->set_weight(id[0] == 'a' ? 2 : 1);
    task->set_default_us(us > 0 ? 100 : 0);
    task->set_best_us(us);
    task->set_trials(trials);
  }
  return status;
}

v1::JobStatus Compared(double default_us, double a_us, double b_us) {
  v1::JobStatus status = State(20, 9, a_us, b_us);
  for (v1::TaskStatus& task : *status.mutable_tasks()) {
    task.set_default_us(default_us);
    task.set_verdict(v1::VERDICT_FASTER);
  }
  return status;
}

std::vector<double> Times(const JobHistory& history) {
  std::vector<double> times;
  for (const JobHistory::ModelPoint& point : history.ModelCurve()) times.push_back(point.us);
  return times;
}

TEST(JobHistoryTest, ATaskCountsWithItsDefaultUntilItIsMeasured) {
  JobHistory history;
  history.Add(State(0, 0, 0, 0));
  history.Add(State(1, 1, 100, 0));
  history.Add(State(2, 2, 80, 0));
  history.Add(State(3, 3, 80, 100));
  history.Add(State(4, 4, 80, 50));
  EXPECT_THAT(Times(history), ElementsAre(300, 260, 210));
  EXPECT_EQ(history.ModelCurve()[2].seconds, 4);
  EXPECT_EQ(history.ModelCurve()[2].trials, 8);
  EXPECT_THAT(history.TaskCurve("b"), SizeIs(2));
  EXPECT_THAT(history.TaskCurve("unknown"), IsEmpty());
}

TEST(JobHistoryTest, TheTimesOfTheFinalComparisonAreNoPartOfTheCurves) {
  JobHistory history;
  history.Add(State(1, 1, 100, 100));
  history.Add(Compared(100, 60, 60));
  EXPECT_THAT(Times(history), ElementsAre(300));
  EXPECT_THAT(history.TaskCurve("a"), SizeIs(1));
}

TEST(JobHistoryTest, AFirstTimeThatWasMuchTooLargeIsNoSuccessOfTheSearch) {
  JobHistory history;
  history.Add(State(1, 1, 100, 100));
  history.Add(State(2, 2, 30, 40));
  history.Add(Compared(35, 30, 35));
  EXPECT_THAT(Times(history), ElementsAre(105, 95));
}

TEST(JobHistoryTest, IsEmptyWithoutTimes) {
  JobHistory history;
  history.Add(State(1, 1, 0, 0));
  EXPECT_THAT(history.ModelCurve(), IsEmpty());
}

class ReportDataTest : public ::testing::Test {
 protected:
  ReportData Collect(const v1::JobStatus& status, RecordScope scope = RecordScope::kJob) {
    return CollectReport({status, history_, tasks_, records_, scope, std::nullopt, "1.2.3"});
  }

  void AddRecord(v1::OutcomeKind kind, const std::string& message) {
    v1::Record record;
    record.set_device_id("box-1");
    record.set_protocol_version(2);
    record.mutable_outcome()->set_kind(kind);
    record.mutable_outcome()->set_message(message);
    if (kind == v1::OUTCOME_KIND_OK) {
      record.mutable_measurement()->set_threads(1);
      v1::Conditions* conditions = record.mutable_measurement()->mutable_conditions();
      conditions->set_governor("performance");
      conditions->set_frequency_mhz(3000 + 100 * static_cast<double>(records_.measured()));
      conditions->set_canary_before_us(10);
      conditions->set_canary_after_us(10.2);
    }
    records_.Add(record);
  }

  JobHistory history_;
  std::vector<v1::JobTask> tasks_;
  RecordSummary records_;
};

TEST_F(ReportDataTest, TheTaskWithTheLargestShareComesFirst) {
  tasks_.resize(1);
  tasks_[0].mutable_workload()->set_id("b");
  tasks_[0].mutable_workload()->set_flops(3'000'000);
  const ReportData data = Collect(Compared(100, 20, 60));
  ASSERT_THAT(data.tasks, ElementsAre(Field(&TaskReport::task_id, "b"), Field(&TaskReport::task_id, "a")));
  EXPECT_DOUBLE_EQ(data.tasks[0].share.value(), 0.6);
  EXPECT_DOUBLE_EQ(data.tasks[0].gflops_s.value(), 50);
  EXPECT_FALSE(data.tasks[1].gflops_s);
  EXPECT_EQ(data.tasks[1].speed_up, "5.00x");
  EXPECT_EQ(data.task_sum.best_us, 100);
}

TEST_F(ReportDataTest, OutcomesHaveTheFirstMessageOfTheirKind) {
  v1::JobStatus status = State(1, 9, 0, 0);
  for (const auto& [kind, count] : {std::pair(v1::OUTCOME_KIND_COMPILE_ERROR, 2),
                                    {v1::OUTCOME_KIND_CRASHED, 5},
                                    {v1::OUTCOME_KIND_OK, 1}}) {
    for (v1::TaskStatus& task : *status.mutable_tasks()) {
      v1::OutcomeCount* outcome = task.add_outcomes();
      outcome->set_kind(kind);
      outcome->set_count(count);
    }
  }
  AddRecord(v1::OUTCOME_KIND_CRASHED, "signal 11");
  AddRecord(v1::OUTCOME_KIND_CRASHED, "signal 6");
  const ReportData data = Collect(status);
  ASSERT_THAT(data.outcomes, SizeIs(3));
  EXPECT_EQ(data.outcomes[0].kind, v1::OUTCOME_KIND_OK);
  EXPECT_EQ(data.outcomes[1].kind, v1::OUTCOME_KIND_CRASHED);
  EXPECT_EQ(data.outcomes[1].count, 10);
  EXPECT_EQ(data.outcomes[1].first_message, "signal 11");
  EXPECT_EQ(data.outcomes[2].first_message, "");
}

TEST_F(ReportDataTest, ConditionsAreThoseThatTheRecordsHave) {
  for (int i = 0; i < 3; ++i) AddRecord(v1::OUTCOME_KIND_OK, "");
  AddRecord(v1::OUTCOME_KIND_CRASHED, "signal 11");
  const ReportData data = Collect(State(1, 2, 100, 100));
  EXPECT_EQ(data.device, "box-1");
  EXPECT_THAT(data.conditions_of, HasSubstr("3 successful measurements"));
  EXPECT_THAT(data.conditions,
              ElementsAre(Pair("Threads of a kernel", "1"), Pair("Frequency governor", "performance"),
                          Pair("Frequency of the measuring core", "3000 to 3200 MHz, median 3100 MHz"),
                          Pair("Drift of the canary", HasSubstr("1.02.")), Pair("Throttled trials", "none"),
                          Pair("Measuring protocol", "2")));
}

TEST_F(ReportDataTest, SaysWhereTheConditionsComeFrom) {
  AddRecord(v1::OUTCOME_KIND_OK, "");
  EXPECT_THAT(Collect(State(1, 2, 1, 1), RecordScope::kWinners).conditions_of, HasSubstr("tuner-server"));
  EXPECT_THAT(Collect(State(1, 2, 1, 1), RecordScope::kNone).conditions_of, HasSubstr("could not be read"));
}

TEST_F(ReportDataTest, AFailedTaskSaysWhy) {
  v1::JobStatus status = State(1, 2, 0, 0);
  status.mutable_tasks(0)->set_failure("wrong output");
  status.mutable_tasks(0)->set_stopped("the reference fails");
  const ReportData data = Collect(status);
  EXPECT_EQ(data.tasks[0].trouble, "the reference fails; no schedule worked: wrong output");
  EXPECT_FALSE(data.tasks[0].share);
}

TEST(MachineTextTest, NamesWhatIsKnown) {
  v1::Target target;
  EXPECT_EQ(MachineText(target), "");
  target.set_microarchitecture("cortex-a76");
  target.set_cpu("cortex-a76");
  target.set_triple("aarch64-unknown-linux-gnu");
  target.set_vector_bits(128);
  target.set_cores(4);
  v1::Cache* cache = target.add_caches();
  cache->set_level(2);
  cache->set_size_bytes(512 << 10);
  EXPECT_EQ(MachineText(target),
            "cortex-a76, aarch64-unknown-linux-gnu, 128-bit vectors, 4 cores, L2 512 KiB");
}

}  // namespace
}  // namespace diapason::tuner
