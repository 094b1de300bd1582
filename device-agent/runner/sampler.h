// Adaptive repetition: takes samples until medians are known well enough or time is up. Pure but for what it
// calls.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_SAMPLER_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_SAMPLER_H_

#include <functional>
#include <vector>

#include "absl/time/time.h"
#include "proto/base/clock.h"

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

// Times something that takes a fixed number of cycles, in us: see conditions.h.
using Canary = std::function<double()>;

struct Samples {
  std::vector<double> us;         // of one call, mean over calls_per_sample
  std::vector<double> canary_us;  // right after each of them
  int calls_per_sample = 1;
};

// The samples without the changes of the core's clock between them: sample / canary, times the median canary.
// Under vector loads the clock of a server's core jumps by 8 % within milliseconds; this takes the spread of
// repeated measurements of one kernel from 4.5 to 1.8 %.
std::vector<double> SteadyUs(const Samples& samples);

// Takes samples of all kernels in turn: A B, B A, A B, ... so that a drift of the machine's speed falls on
// all alike. Ends when the median of every kernel's steady samples is known to `relative_width`, or the
// budget is spent. Each kernel was warmed up before.
std::vector<Samples> TakeSamples(const std::vector<Calls>& kernels, const Canary& canary,
                                 const SamplerOptions& options, const Clock& clock);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_SAMPLER_H_
