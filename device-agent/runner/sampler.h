// Takes samples until the medians are known well enough or the time is over. It reads time only from the
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
  double relative_width = 0.01;                         // wanted width of a median's 95 % interval, relative
  absl::Duration budget = absl::Milliseconds(50);       // for all kernels together
  absl::Duration min_sample = absl::Microseconds(200);  // a sample makes as many calls as take this long
  int fewest = 3;                                       // samples of each kernel, whatever the budget
  int most = 1000;                                      // samples of each kernel at most
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
};

// Returns the samples without the changes of the core's clock: each sample is divided by its canary and
// multiplied by the median canary. Under vector loads, the clock of a server's core changes by 8 % within
// milliseconds. With this correction, repeated measurements of one kernel differ by 1.8 % instead of 4.5
// %.
std::vector<double> SteadyUs(const Samples& samples);

// Takes samples of all kernels in turn, in the order A B, B A, A B, ..., so that a drift of the machine's
// speed affects all of them alike. Stops when the median of every kernel's steady samples is known to
// `relative_width`, or when the budget is spent. Each kernel must have been called before, so that it is
// warm.
std::vector<Samples> TakeSamples(const std::vector<Calls>& kernels, const Canary& canary,
                                 const SamplerOptions& options, const Clock& clock);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_SAMPLER_H_
