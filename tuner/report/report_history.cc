#include "tuner/report/report_history.h"

namespace diapason::tuner {

void JobHistory::Add(const v1::JobStatus& status) {
  const double seconds = static_cast<double>(status.elapsed_us()) / 1e6;
  for (const v1::TaskStatus& state : status.tasks()) {
    if (state.best_us() <= 0) continue;
    // After the task's final comparison its times are those of the comparison.
    if (state.verdict() != v1::VERDICT_UNSPECIFIED) {
      const auto compared = tasks_.find(state.task_id());
      if (compared != tasks_.end()) compared->second.compared_us = state.default_us();
      continue;
    }
    Task& task = tasks_[state.task_id()];
    task.weight = state.weight();
    if (task.default_us <= 0) task.default_us = state.default_us();
    if (!task.points.empty() && task.points.back().best_us == state.best_us()) continue;
    task.points.push_back({state.trials(), state.best_us()});
    events_.push_back({seconds, status.trials_done(), state.task_id(), state.best_us()});
  }
}

std::vector<JobHistory::TaskPoint> JobHistory::TaskCurve(const std::string& task_id) const {
  const auto task = tasks_.find(task_id);
  if (task == tasks_.end()) return {};
  std::vector<TaskPoint> curve;
  for (const TaskPoint& point : task->second.points) {
    const double us = task->second.Limited(point.best_us);
    if (curve.empty() || curve.back().best_us != us) curve.push_back({point.trials, us});
  }
  return curve;
}

std::vector<JobHistory::ModelPoint> JobHistory::ModelCurve() const {
  if (events_.empty()) return {};
  absl::flat_hash_map<std::string, double> best;
  double sum = 0;
  for (const auto& [id, task] : tasks_) {
    const double start_us = task.Limited(task.default_us > 0 ? task.default_us : task.points.front().best_us);
    best[id] = start_us;
    sum += task.weight * start_us;
  }
  std::vector<ModelPoint> curve = {{0, 0, sum}};
  for (const Event& event : events_) {
    const Task& task = tasks_.at(event.task_id);
    const double new_us = task.Limited(event.best_us);
    double& now_us = best[event.task_id];
    if (now_us == new_us) continue;
    sum += task.weight * (new_us - now_us);
    now_us = new_us;
    if (curve.back().seconds == event.seconds && curve.back().trials == event.trials) {
      curve.back().us = sum;
    } else {
      curve.push_back({event.seconds, event.trials, sum});
    }
  }
  return curve;
}

}  // namespace diapason::tuner
