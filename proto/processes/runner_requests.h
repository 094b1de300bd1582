// Requests to the program device-runner that are not about a trial, and the first step of every request. The
// agent and `diapason bench` both use it, so that a machine is asked for its speed in one way.
#ifndef DIAPASON_PROTO_PROCESSES_RUNNER_REQUESTS_H_
#define DIAPASON_PROTO_PROCESSES_RUNNER_REQUESTS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "diapason/v1/runner.pb.h"
#include "proto/processes/child_process.h"

namespace diapason {

// The answer to a request of this file comes within this time after the runner has started. It takes about a
// second.
inline constexpr absl::Duration kRunnerCheckTimeout = absl::Seconds(10);

// Return a request for the speed of a core and its memory, and one for a check of the core. The caller says
// how it is run: RunRequest.cpu, sandbox and emulated.
v1::RunRequest SpeedRequest();
v1::RunRequest HealthRequest();

// Sends `request` to a runner and reads its first answer into `response`. The runner gives two answers: the
// first one says that it has started the process of the request, and is empty. Read the second one then. If
// the first one has an outcome, no process could be started, and there is no second one.
absl::Status StartRequest(ChildProcess& runner, const v1::RunRequest& request, v1::RunResponse& response);

}  // namespace diapason

#endif  // DIAPASON_PROTO_PROCESSES_RUNNER_REQUESTS_H_
