// One request, in this process: load, check against the reference, time.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_MEASURE_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_MEASURE_H_

#include "diapason/v1/runner.pb.h"
#include "proto/base/clock.h"

namespace diapason::device_agent {

// Never fails itself: what goes wrong is the response's outcome. What a candidate does to the process (a
// crash, a hang) is not caught here.
v1::RunResponse Measure(const v1::RunRequest& run, const Clock& clock);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_MEASURE_H_
