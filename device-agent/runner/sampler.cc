#include "device-agent/runner/sampler.h"

#include <algorithm>
#include <cmath>

#include "device-agent/runner/statistics.h"
#include "proto/statistics/quantile.h"

namespace diapason::device_agent {
namespace {

constexpr double kMaxCalls = 100'000;
constexpr double kSteadyCanary = 0.02;  // a canary that differs by more was taken at another clock speed
constexpr int kAskEvery = 32;

// A kernel is clearly slower than the best one if even its fastest sample takes this many times as long.
// Disturbances make a sample slower and never faster, and the core's clock changes by up to 8 %.
constexpr double kClearlySlower = 1.2;

double TimeCalls(const Calls& kernel, int calls, const Clock& clock) {
  const absl::Duration begin = clock.Monotonic();
  kernel(calls);
  return absl::ToDoubleMicroseconds(clock.Monotonic() - begin) / calls;
}

}  // namespace

std::vector<double> SteadyUs(const Samples& samples) {
  const double median = Median(samples.canary_us);
  std::vector<double> steady;
  for (size_t i = 0; i < samples.us.size(); ++i) {
    if (std::abs(samples.canary_us[i] / median - 1) <= kSteadyCanary) steady.push_back(samples.us[i]);
  }
  return steady.empty() ? samples.us : steady;  // with two canaries, neither may be near their median
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
  const auto known = [&](const Samples& samples) {
    std::vector<double> sorted = SteadyUs(samples);
    std::ranges::sort(sorted);
    return (kernels.size() == 1 ? LowerQuartileWidth(sorted) : MedianRelativeWidth(sorted)) <=
           options.relative_width;
  };
  for (int round = 0; round < options.most; ++round) {
    if (round >= options.fewest) {
      all[0].ended_early = options.best_us > 0 && kernels.size() == 1 &&
                           std::ranges::min(all[0].us) > kClearlySlower * options.best_us;
      // With many samples, the answer seldom changes from one round to the next.
      const bool asks = round % (1 + round / kAskEvery) == 0;
      if (all[0].ended_early || (asks && std::ranges::all_of(all, known)) || clock.Monotonic() >= deadline)
        break;
    }
    for (size_t i = 0; i < kernels.size(); ++i) {
      const size_t k = round % 2 == 0 ? i : kernels.size() - 1 - i;
      all[k].us.push_back(TimeCalls(kernels[k], all[k].calls_per_sample, clock));
      all[k].canary_us.push_back(canary());
    }
  }
  return all;
}

}  // namespace diapason::device_agent
