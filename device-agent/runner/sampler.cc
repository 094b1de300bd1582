#include "device-agent/runner/sampler.h"

#include <algorithm>
#include <cmath>

#include "device-agent/runner/statistics.h"

namespace diapason::device_agent {
namespace {

constexpr double kMaxCalls = 100'000;

double TimeCalls(const Calls& kernel, int calls, const Clock& clock) {
  const absl::Duration begin = clock.Monotonic();
  kernel(calls);
  return absl::ToDoubleMicroseconds(clock.Monotonic() - begin) / calls;
}

bool Known(const Samples& samples, const SamplerOptions& options) {
  return static_cast<int>(samples.us.size()) >= options.fewest &&
         MedianRelativeWidth(SteadyUs(samples)) <= options.relative_width;
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
  for (int round = 0; round < options.most; ++round) {
    const bool enough =
        std::all_of(all.begin(), all.end(), [&](const Samples& s) { return Known(s, options); });
    if (enough || (round >= options.fewest && clock.Monotonic() >= deadline)) break;
    for (size_t i = 0; i < kernels.size(); ++i) {
      const size_t k = round % 2 == 0 ? i : kernels.size() - 1 - i;
      all[k].us.push_back(TimeCalls(kernels[k], all[k].calls_per_sample, clock));
      all[k].canary_us.push_back(canary());
    }
  }
  return all;
}

}  // namespace diapason::device_agent
