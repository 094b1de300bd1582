// Measures one request in this process: loads the artifacts, compares their outputs with the reference,
// and times them.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_MEASURE_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_MEASURE_H_

#include "diapason/v1/runner.pb.h"
#include "proto/base/clock.h"

namespace diapason::device_agent {

// Returns the result of the request; every failure is the response's outcome. A candidate that crashes or
// hangs takes this process with it; the agent handles that.
v1::RunResponse Measure(const v1::RunRequest& run, const Clock& clock);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_MEASURE_H_
