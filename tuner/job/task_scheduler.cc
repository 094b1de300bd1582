#include "tuner/job/task_scheduler.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace diapason::tuner {
namespace {

// Weight times best latency; 0 while nothing has worked.
double Latency(const TaskProgress& task) {
  if (task.best_us.empty() || !std::isfinite(task.best_us.back())) return 0;
  return task.weight * task.best_us.back();
}

}  // namespace

void TaskProgress::Add(double time_us) {
  best_us.push_back(best_us.empty() ? time_us : std::min(best_us.back(), time_us));
}

std::vector<bool> TaskScheduler::Converged(absl::Span<const TaskProgress> tasks) const {
  double total = 0;
  for (const TaskProgress& task : tasks) total += Latency(task);
  std::vector<bool> converged;
  for (const TaskProgress& task : tasks) {
    const double full = std::max(total * options_.full_share, std::numeric_limits<double>::min());
    const double patience =
        static_cast<double>(options_.patience) * std::clamp(Latency(task) / full, 0.25, 1.0);
    converged.push_back(task.exhausted || StandsStill(task, static_cast<int64_t>(patience)));
  }
  return converged;
}

bool TaskScheduler::StandsStill(const TaskProgress& task, int64_t patience) const {
  const auto trials = static_cast<int64_t>(task.best_us.size());
  if (trials <= patience) return false;
  const double before = task.best_us[static_cast<size_t>(trials - 1 - patience)];
  // Infinite before and after: nothing ever worked, and more of the same will not.
  return task.best_us.back() >= before * (1 - options_.improvement);
}

std::optional<size_t> TaskScheduler::Pick(absl::Span<const TaskProgress> tasks) const {
  std::optional<size_t> best;
  double best_gain = 0;
  bool best_warm = false;
  const std::vector<bool> converged = Converged(tasks);
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (converged[i]) continue;
    // The first trials go round: fewest first, and before any comparison of gains.
    const bool warm = tasks[i].proposed < options_.warm_up;
    const double gain = warm ? -static_cast<double>(tasks[i].proposed) : Gain(tasks[i], tasks);
    if (!best || (warm && !best_warm) || (warm == best_warm && gain > best_gain)) {
      best = i;
      best_gain = gain;
      best_warm = warm;
    }
  }
  return best;
}

double TaskScheduler::Gain(const TaskProgress& task, absl::Span<const TaskProgress> tasks) const {
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

  // What a trial may gain: as if the latency went to zero in as many trials as were spent already, but no
  // further than similar tasks suggest, which may also lie farther than that.
  double guess = now / static_cast<double>(std::max(task.proposed, int64_t{1}));
  double best_flops_per_us = 0;
  for (const TaskProgress& other : tasks) {
    if (&other == &task || other.structure_id != task.structure_id || other.best_us.empty()) continue;
    best_flops_per_us = std::max(best_flops_per_us, other.flops / other.best_us.back());
  }
  if (best_flops_per_us > 0 && task.flops > 0) {
    const double reachable = options_.similarity * task.flops / best_flops_per_us;
    guess = std::max(guess, (now - reachable) / static_cast<double>(options_.slope_window));
  }
  return task.weight * (options_.slope_share * slope + (1 - options_.slope_share) * guess);
}

}  // namespace diapason::tuner
