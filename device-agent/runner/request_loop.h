// The loop of the program device-runner. It runs each request in a process of its own, which it forks.
//
// Forking takes less than a millisecond, where starting the program in its sandbox takes ten. And it
// isolates trials from each other: this process never loads an artifact, so whatever a candidate does to
// its memory is gone with the candidate's process.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_REQUEST_LOOP_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_REQUEST_LOOP_H_

#include <functional>

#include "diapason/v1/runner.pb.h"

namespace diapason::device_agent {

// Runs one request in the calling process and returns the result.
using RunOne = std::function<v1::RunResponse(const v1::RunRequest& run)>;

// Reads requests from descriptor kChildReadFd and answers on kChildWriteFd (runner.proto), until the agent
// closes its end. Each request is run by `run_one` in a forked process, which cannot reach the agent's
// descriptors. It does not limit how long a request takes; the agent kills this process and all that it has
// forked. This process must have no other threads. Returns the program's exit code: kExitNoRequest if there
// was no request at all.
int ServeRequests(const RunOne& run_one);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_REQUEST_LOOP_H_
