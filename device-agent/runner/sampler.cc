#include "device-agent/runner/sampler.h"

#include <algorithm>
#include <cmath>

#include "device-agent/runner/statistics.h"
#include "proto/statistics/quantile.h"

namespace diapason::device_agent {
namespace {

constexpr double kMaxCalls = 100'000;

double TimeCalls(const Calls& kernel, int calls, const Clock& clock) {
  const absl::Duration begin = clock.Monotonic();
  kernel(calls);
  return absl::ToDoubleMicroseconds(clock.Monotonic() - begin) / calls;
}

}  // namespace

std::vector<double> SteadyUs(const Samples& samples) {
  const double median = Median(samples.canary_us);
  std::vector<double> steady;
  for (size_t i = 0; i < samples.us.size(); ++i)
    steady.push_back(samples.us[i] * median / samples.canary_us[i]);
  return steady;
}

std::vector<Samples> TakeSamples(const std::vector<Calls>& kernels, const Canary& canary,
                                 const SamplerOptions& options, const Clock& clock) {
  const absl::Duration deadline = clock.Monotonic() + options.budget;
  std::vector<Samples> all(kernels.size());
  for (size_t k = 0; k < kernels.size(); ++k) {
    const double us = std::max(TimeCalls(kernels[k], 1, clock), 1e-3);
    const double calls = std::ceil(absl::ToDoubleMicroseconds(options.min_sample) / us);
    all[k].calls_per_sample = static_cast<int>(std::clamp(calls, 1.0, kMaxCalls));
  }
  // Sample divided by canary, in ascending order. These are the steady samples except for a constant
  // factor, which does not change a relative width.
  std::vector<std::vector<double>> steady(kernels.size());
  const auto known = [&](const std::vector<double>& sorted) {
    return MedianRelativeWidth(sorted) <= options.relative_width;
  };
  for (int round = 0; round < options.most; ++round) {
    if (round >= options.fewest &&
        (std::all_of(steady.begin(), steady.end(), known) || clock.Monotonic() >= deadline))
      break;
    for (size_t i = 0; i < kernels.size(); ++i) {
      const size_t k = round % 2 == 0 ? i : kernels.size() - 1 - i;
      all[k].us.push_back(TimeCalls(kernels[k], all[k].calls_per_sample, clock));
      all[k].canary_us.push_back(canary());
      const double ratio = all[k].us.back() / all[k].canary_us.back();
      steady[k].insert(std::upper_bound(steady[k].begin(), steady[k].end(), ratio), ratio);
    }
  }
  return all;
}

}  // namespace diapason::device_agent
