// Adaptive repetition: takes samples until medians are known well enough or time is up. Pure but for what it calls.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_SAMPLER_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_SAMPLER_H_

#include <functional>
#include <vector>

#include "absl/time/time.h"
#include "proto/support/clock.h"

namespace diapason::device_agent {

struct SamplerOptions {
  double relative_width = 0.01;                         // of a median's 95 % interval
  absl::Duration budget = absl::Milliseconds(50);       // for all kernels together
  absl::Duration min_sample = absl::Microseconds(200);  // a sample is as many calls as take this long
  int fewest = 3;                                       // samples of each, whatever the budget
  int most = 1000;
};

// Makes that many calls of a kernel.
using Calls = std::function<void(int calls)>;

struct Samples {
  std::vector<double> us;  // of one call, mean over calls_per_sample
  int calls_per_sample = 1;
};

// Takes samples of all kernels in turn: A B, B A, A B, ... so that a drift of the machine's speed falls on all alike.
// Ends when every median is known to `relative_width`, or the budget is spent. Each kernel was warmed up before.
std::vector<Samples> TakeSamples(const std::vector<Calls>& kernels, const SamplerOptions& options,
                                 const Clock& clock);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_SAMPLER_H_
