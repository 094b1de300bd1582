#include "tuner/job/task_scheduler.h"

#include <gtest/gtest.h>

#include <limits>

namespace diapason::tuner {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TaskProgress Progress(double weight, const std::vector<double>& times, double optimistic_us = 0) {
  TaskProgress task;
  task.weight = weight;
  task.optimistic_us = optimistic_us;
  for (double time : times) task.Add(time);
  task.proposed = static_cast<int64_t>(times.size());
  return task;
}

std::optional<size_t> Pick(const std::vector<TaskProgress>& tasks, const TaskSchedulerOptions& options = {}) {
  return TaskScheduler(options).Pick(tasks);
}

std::string WhyEnded(const TaskProgress& task, const TaskSchedulerOptions& options = {}) {
  return TaskScheduler(options).WhyEnded(task);
}

TEST(TaskSchedulerTest, EveryTaskIsWarmedUpBeforeGainsAreCompared) {
  std::vector<TaskProgress> tasks = {Progress(100, std::vector<double>(20, 1000.0)), Progress(1, {5, 5, 5}),
                                     Progress(1, {5, 5})};
  EXPECT_EQ(Pick(tasks), 2u);
  tasks[2].proposed = 4;  // trials in flight count
  EXPECT_EQ(Pick(tasks), 1u);
}

TEST(TaskSchedulerTest, TheTaskThatCanGainMostComesFirst) {
  const std::vector<double> flat(20, 100.0);
  EXPECT_EQ(Pick({Progress(1, flat, 50), Progress(4, flat, 50), Progress(2, flat, 50)}), 1u);
  EXPECT_EQ(Pick({Progress(1, flat, 50), Progress(1, std::vector<double>(20, 500.0), 50)}), 1u);
  EXPECT_EQ(Pick({Progress(1, flat, 90), Progress(1, flat, 60), Progress(1, flat, 70)}), 1u);
  TaskProgress near_limit = Progress(1, flat, 20);
  near_limit.limit_us = 90;  // the search is more optimistic than the machine allows
  EXPECT_EQ(Pick({near_limit, Progress(1, flat, 60)}), 1u);
}

TEST(TaskSchedulerTest, ATaskWithoutAScheduleThatWorksComesFirst) {
  EXPECT_EQ(Pick({Progress(9, std::vector<double>(20, 100.0), 1), Progress(1, {9, kInfinity, 8, 7}, 1),
                  Progress(1, std::vector<double>(20, kInfinity))}),
            2u);
}

TEST(TaskSchedulerTest, AWholeBudgetIsSharedEvenIfLittleIsLeftToGain) {
  TaskSchedulerOptions options;
  options.whole_budget = true;
  std::vector<TaskProgress> tasks = {Progress(1, std::vector<double>(200, 100.0), 100),
                                     Progress(1, std::vector<double>(150, 100.0), 100)};
  for (TaskProgress& task : tasks) task.limit_us = 100;
  EXPECT_EQ(Pick(tasks), std::nullopt);
  EXPECT_EQ(Pick(tasks, options), 1u) << "of equal gains, the task with fewer trials comes first";
  tasks[1].exhausted = true;
  EXPECT_EQ(Pick(tasks, options), 0u);
  EXPECT_EQ(WhyEnded(tasks[1], options), "all tried");
  EXPECT_EQ(WhyEnded(Progress(1, std::vector<double>(200, kInfinity)), options), "stalled");
}

TEST(TaskSchedulerTest, ATaskEndsNearItsLimit) {
  TaskProgress task = Progress(1, {100, 52});
  EXPECT_EQ(WhyEnded(task), "") << "the limit is not known";
  task.limit_us = 50;
  EXPECT_EQ(WhyEnded(task), "");
  task.Add(51);
  EXPECT_EQ(WhyEnded(task), "near limit");
  EXPECT_EQ(Pick({task}), std::nullopt);
  task.Add(40);
  EXPECT_EQ(WhyEnded(task), "") << "the limit is wrong";
}

TEST(TaskSchedulerTest, ATaskEndsWhenNothingIsWorthATrial) {
  EXPECT_EQ(WhyEnded(Progress(1, std::vector<double>(20, 100.0), 97)), "");
  EXPECT_EQ(WhyEnded(Progress(1, std::vector<double>(20, 100.0), 99)), "no gain left");
  EXPECT_EQ(WhyEnded(Progress(1, std::vector<double>(20, 100.0), kInfinity)), "no gain left");
  EXPECT_EQ(WhyEnded(Progress(1, std::vector<double>(7, 100.0), 99)), "") << "the prediction is too young";
  EXPECT_EQ(WhyEnded(Progress(1, std::vector<double>(20, kInfinity), 99)), "") << "nothing works yet";
}

TEST(TaskSchedulerTest, ATaskEndsWhenItStalls) {
  TaskSchedulerOptions options;
  options.patience = 10;
  EXPECT_EQ(WhyEnded(Progress(1, std::vector<double>(10, 50.0)), options), "");
  EXPECT_EQ(WhyEnded(Progress(1, std::vector<double>(11, 50.0)), options), "stalled");
  EXPECT_EQ(WhyEnded(Progress(1, std::vector<double>(11, kInfinity)), options), "stalled");
  std::vector<double> improving(11, 50.0);
  improving.back() = 49;
  EXPECT_EQ(WhyEnded(Progress(1, improving), options), "");
}

TEST(TaskSchedulerTest, ATaskEndsWhenAllIsTried) {
  TaskProgress exhausted = Progress(1, {50});
  exhausted.exhausted = true;
  EXPECT_EQ(WhyEnded(exhausted), "all tried");
  EXPECT_EQ(Pick({exhausted}), std::nullopt);
}

}  // namespace
}  // namespace diapason::tuner
