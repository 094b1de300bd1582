// Takes samples until the times are known well enough or the budget is spent. It reads time only from the
// given clock, so that tests can control it.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_SAMPLER_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_SAMPLER_H_

#include <functional>
#include <vector>

#include "absl/time/time.h"
#include "proto/base/clock.h"

namespace diapason::device_agent {

// When to stop sampling.
struct SamplerOptions {
  double relative_width = 0.01;                         // how well the times must be known; see TakeSamples
  absl::Duration budget = absl::Milliseconds(50);       // for all kernels together
  absl::Duration min_sample = absl::Microseconds(200);  // a sample makes as many calls as take this long
  int fewest = 3;                                       // samples of each kernel, whatever the budget
  // A kernel that is alone and clearly slower than this time in microseconds gets only the fewest samples.
  // 0 means that there is no such time.
  double best_us = 0;
  int most = 1000;  // samples of each kernel at most
};

// Calls a kernel `calls` times.
using Calls = std::function<void(int calls)>;

// Times something that takes a fixed number of cycles, and returns the microseconds (see conditions.h).
using Canary = std::function<double()>;

// The samples of one kernel.
struct Samples {
  std::vector<double> us;         // microseconds of one call, the mean over `calls_per_sample` calls
  std::vector<double> canary_us;  // microseconds of the canary directly after each sample
  int calls_per_sample = 1;       // calls of the kernel in each sample
  bool ended_early = false;       // whether sampling ended because of SamplerOptions::best_us
};

// Returns the steady samples: those whose canary differs by at most 2 % from the median canary. The other
// samples were taken at another speed of the core's clock, or were disturbed.
std::vector<double> SteadyUs(const Samples& samples);

// Takes samples of all kernels in turn, in the order A B, B A, A B, ..., so that a drift of the machine's
// speed affects all of them alike. Stops when the time of every kernel is known to `relative_width`, or
// when the budget is spent. The time of a kernel that is alone is known when its lower quartile is near its
// fastest sample (LowerQuartileWidth); this takes few samples, also on a busy machine. Rivals are compared
// by their pairs of samples, so the medians must be known (MedianRelativeWidth). Each kernel must have been
// called before, so that it is warm.
std::vector<Samples> TakeSamples(const std::vector<Calls>& kernels, const Canary& canary,
                                 const SamplerOptions& options, const Clock& clock);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_SAMPLER_H_
