#include "tuner/job/task_scheduler.h"

#include <gtest/gtest.h>

#include <limits>

namespace diapason::tuner {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TaskProgress Progress(double weight, std::vector<double> times, const std::string& structure = "") {
  TaskProgress task;
  task.weight = weight;
  task.structure_id = structure;
  for (double time : times) task.Add(time);
  task.proposed = static_cast<int64_t>(times.size());
  return task;
}

std::optional<size_t> Pick(const std::vector<TaskProgress>& tasks, const TaskSchedulerOptions& options = {}) {
  return TaskScheduler(options).Pick(tasks);
}

TEST(TaskSchedulerTest, EveryTaskIsWarmedUpBeforeGainsAreCompared) {
  std::vector<TaskProgress> tasks = {Progress(100, std::vector<double>(20, 1000.0)), Progress(1, {5, 5, 5}),
                                     Progress(1, {5, 5})};
  EXPECT_EQ(Pick(tasks), 2u);
  tasks[2].proposed = 4;  // trials in flight count
  EXPECT_EQ(Pick(tasks), 1u);
}

TEST(TaskSchedulerTest, TheHeaviestAndSlowestComesFirst) {
  const std::vector<double> flat(20, 100.0);
  EXPECT_EQ(Pick({Progress(1, flat), Progress(4, flat), Progress(2, flat)}), 1u);
  EXPECT_EQ(Pick({Progress(1, flat), Progress(1, std::vector<double>(20, 500.0))}), 1u);
}

TEST(TaskSchedulerTest, AnImprovingTaskIsPreferredToAStalledOne) {
  std::vector<double> falling;
  for (int i = 0; i < 20; ++i) falling.push_back(300 - 10 * i);
  EXPECT_EQ(Pick({Progress(1, std::vector<double>(20, 110.0)), Progress(1, falling)}), 1u);
}

TEST(TaskSchedulerTest, ATaskFarBehindASimilarOneIsPreferred) {
  TaskProgress slow = Progress(1, std::vector<double>(100, 1000.0), "conv");
  slow.flops = 1e6;
  TaskProgress fast = Progress(1, std::vector<double>(100, 100.0), "conv");
  fast.flops = 1e6;
  TaskProgress other = Progress(1, std::vector<double>(50, 1000.0), "gemm");
  other.flops = 1e6;
  EXPECT_EQ(Pick({other, slow}), 0u) << "fewer trials, all else equal";
  EXPECT_EQ(Pick({other, slow, fast}), 1u) << "a similar task is ten times as fast";
}

std::vector<bool> Converged(const std::vector<TaskProgress>& tasks, const TaskSchedulerOptions& options) {
  return TaskScheduler(options).Converged(tasks);
}

TEST(TaskSchedulerTest, ConvergedTasksStop) {
  TaskSchedulerOptions options;
  options.patience = 10;
  const auto converged = [&](const TaskProgress& task) -> bool { return Converged({task}, options)[0]; };
  EXPECT_FALSE(converged(Progress(1, std::vector<double>(10, 50.0))));
  EXPECT_TRUE(converged(Progress(1, std::vector<double>(11, 50.0))));
  EXPECT_TRUE(converged(Progress(1, std::vector<double>(11, kInfinity)))) << "nothing ever worked";
  std::vector<double> improving(11, 50.0);
  improving.back() = 49;
  EXPECT_FALSE(converged(Progress(1, improving)));
  TaskProgress exhausted = Progress(1, {50});
  exhausted.exhausted = true;
  EXPECT_TRUE(converged(exhausted));
  EXPECT_EQ(Pick({exhausted}, options), std::nullopt);
}

TEST(TaskSchedulerTest, LightTasksStopEarlier) {
  TaskSchedulerOptions options;
  options.patience = 40;
  options.full_share = 0.1;
  const std::vector<double> flat(15, 10.0), longer(25, 50.0);
  // Shares of 1, 5 and 94 % of the total converge after 10, 20 and 40 trials without improvement.
  const std::vector<bool> converged =
      Converged({Progress(1, flat), Progress(1, longer), Progress(94, flat)}, options);
  EXPECT_EQ(converged, (std::vector<bool>{true, true, false}));
  EXPECT_EQ(
      Converged({Progress(1, flat), Progress(1, std::vector<double>(15, 50.0)), Progress(94, flat)}, options),
      (std::vector<bool>{true, false, false}));
}

}  // namespace
}  // namespace diapason::tuner
