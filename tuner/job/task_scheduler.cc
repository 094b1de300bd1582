#include "tuner/job/task_scheduler.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace diapason::tuner {

void TaskProgress::Add(double time_us) {
  best_us.push_back(best_us.empty() ? time_us : std::min(best_us.back(), time_us));
}

bool TaskScheduler::Converged(const TaskProgress& task) const {
  if (task.exhausted) return true;
  const auto trials = static_cast<int64_t>(task.best_us.size());
  if (trials <= options_.patience) return false;
  const double before = task.best_us[static_cast<size_t>(trials - 1 - options_.patience)];
  // Infinite before and after: nothing ever worked, and more of the same will not.
  return task.best_us.back() >= before * (1 - options_.improvement);
}

std::optional<size_t> TaskScheduler::Pick(absl::Span<const TaskProgress* const> tasks) const {
  std::optional<size_t> best;
  double best_gain = 0;
  bool best_warm = false;
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (Converged(*tasks[i])) continue;
    // The first trials go round: fewest first, and before any comparison of gains.
    const bool warm = tasks[i]->proposed < options_.warm_up;
    const double gain = warm ? -static_cast<double>(tasks[i]->proposed) : Gain(*tasks[i], tasks);
    if (!best || (warm && !best_warm) || (warm == best_warm && gain > best_gain)) {
      best = i;
      best_gain = gain;
      best_warm = warm;
    }
  }
  return best;
}

double TaskScheduler::Gain(const TaskProgress& task, absl::Span<const TaskProgress* const> tasks) const {
  const auto trials = static_cast<int64_t>(task.best_us.size());
  if (trials == 0 || !std::isfinite(task.best_us.back())) return 0;
  const double now = task.best_us.back();

  // What a trial gained lately.
  const int64_t window = std::min(options_.slope_window, trials - 1);
  double slope = 0;
  if (window > 0) {
    const double before = task.best_us[static_cast<size_t>(trials - 1 - window)];
    if (std::isfinite(before)) slope = (before - now) / static_cast<double>(window);
  }

  // What a trial may gain: as if the latency went to zero in as many trials as were spent already, but no further than
  // similar tasks suggest, which may also lie farther than that.
  double guess = now / static_cast<double>(std::max(task.proposed, int64_t{1}));
  double best_flops_per_us = 0;
  for (const TaskProgress* other : tasks) {
    if (other == &task || other->structure_id != task.structure_id || other->best_us.empty()) continue;
    best_flops_per_us = std::max(best_flops_per_us, other->flops / other->best_us.back());
  }
  if (best_flops_per_us > 0 && task.flops > 0) {
    const double reachable = options_.similarity * task.flops / best_flops_per_us;
    guess = std::max(guess, (now - reachable) / static_cast<double>(options_.slope_window));
  }
  return task.weight * (options_.slope_share * slope + (1 - options_.slope_share) * guess);
}

}  // namespace diapason::tuner
