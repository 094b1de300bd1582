#include "tuner/job/task_scheduler.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace diapason::tuner {
namespace {

// A time that is shorter than this share of the limit shows that the limit is wrong, for example because a
// kernel does not read all bytes of its arguments.
constexpr double kImpossible = 0.95;

// Returns the microseconds that the models can still gain from the task.
double Gain(const TaskProgress& task) {
  if (task.best_us.empty()) return std::numeric_limits<double>::infinity();
  const double best_us = task.best_us.back();
  if (!std::isfinite(best_us)) return std::numeric_limits<double>::max();  // it has no schedule that works
  return task.weight * std::max(best_us - std::max(task.optimistic_us, task.limit_us), 0.0);
}

}  // namespace

void TaskProgress::Add(double time_us) {
  best_us.push_back(best_us.empty() ? time_us : std::min(best_us.back(), time_us));
}

std::string TaskScheduler::WhyEnded(const TaskProgress& task) const {
  const auto ended = static_cast<int64_t>(task.best_us.size());
  const double best_us = ended == 0 ? std::numeric_limits<double>::infinity() : task.best_us.back();
  if (options_.whole_budget && std::isfinite(best_us)) return task.exhausted ? "all tried" : "";
  if (best_us <= options_.near_limit * task.limit_us && best_us >= kImpossible * task.limit_us) {
    return "near limit";
  }
  if (task.exhausted) return "all tried";
  if (std::isfinite(best_us) && ended >= options_.fewest &&
      task.optimistic_us > (1 - options_.worthwhile) * best_us) {
    return "no gain left";
  }
  return HasStalled(task) ? "stalled" : "";
}

bool TaskScheduler::HasStalled(const TaskProgress& task) const {
  const auto trials = static_cast<int64_t>(task.best_us.size());
  if (trials <= options_.patience) return false;
  const double before = task.best_us[static_cast<size_t>(trials - 1 - options_.patience)];
  // If both are infinite, no trial has ever worked, and more trials of this kind will not work either.
  return task.best_us.back() >= before * (1 - options_.improvement);
}

std::optional<size_t> TaskScheduler::Pick(absl::Span<const TaskProgress> tasks) const {
  std::optional<size_t> best;
  double best_gain = 0;
  bool best_warm = false;
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (!WhyEnded(tasks[i]).empty()) continue;
    // Tasks that warm up come before any comparison of gains, and among them the one with the fewest
    // trials.
    const bool warm = tasks[i].proposed < options_.warm_up;
    const double gain = warm ? -static_cast<double>(tasks[i].proposed) : Gain(tasks[i]);
    const bool is_better =
        gain > best_gain || (gain == best_gain && best && tasks[i].proposed < tasks[*best].proposed);
    if (!best || (warm && !best_warm) || (warm == best_warm && is_better)) {
      best = i;
      best_gain = gain;
      best_warm = warm;
    }
  }
  return best;
}

}  // namespace diapason::tuner
