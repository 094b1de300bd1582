#include "tuner/job/task_scheduler.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace diapason::tuner {
namespace {

// Weight times best latency; 0 if nothing has worked yet.
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
    converged.push_back(task.exhausted || HasStalled(task, static_cast<int64_t>(patience)));
  }
  return converged;
}

bool TaskScheduler::HasStalled(const TaskProgress& task, int64_t patience) const {
  const auto trials = static_cast<int64_t>(task.best_us.size());
  if (trials <= patience) return false;
  const double before = task.best_us[static_cast<size_t>(trials - 1 - patience)];
  // If both are infinite, no trial has ever worked, and more trials of this kind will not work either.
  return task.best_us.back() >= before * (1 - options_.improvement);
}

std::optional<size_t> TaskScheduler::Pick(absl::Span<const TaskProgress> tasks) const {
  std::optional<size_t> best;
  double best_gain = 0;
  bool best_warm = false;
  const std::vector<bool> converged = Converged(tasks);
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (converged[i]) continue;
    // Tasks that warm up come before any comparison of gains, and among them the one with the fewest
    // trials.
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

  // The gain of a trial, as measured over the last trials.
  const int64_t window = std::min(options_.slope_window, trials - 1);
  double slope = 0;
  if (window > 0) {
    const double before = task.best_us[static_cast<size_t>(trials - 1 - window)];
    if (std::isfinite(before)) slope = (before - now) / static_cast<double>(window);
  }

  // The gain that a trial may have. One guess is that the latency goes to zero in as many trials as were
  // spent already. The other guess is the latency that similar tasks suggest. The larger gain counts.
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
