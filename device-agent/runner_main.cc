// The program `device-runner`: measures one request and ends. It gets the request and sends the answers
// over a pair of pipes (runner.proto). device-agent starts it for every trial; users do not call it.
#include <algorithm>
#include <cstdio>

#include "device-agent/runner/conditions.h"
#include "device-agent/runner/confinement.h"
#include "device-agent/runner/cpu_affinity.h"
#include "device-agent/runner/measure.h"
#include "proto/base/clock.h"
#include "proto/domain/trial_deadlines.h"
#include "proto/processes/child_process.h"
#include "proto/processes/message_pipe.h"

int main() {
  diapason::v1::RunRequest run;
  const absl::Status status = diapason::ReadMessage(diapason::kChildReadFd, run);
  if (!status.ok()) {
    std::fprintf(
        stderr,
        "device-runner: found no request on descriptor %d; this program is only started by device-agent\n",
        diapason::kChildReadFd);
    return diapason::device_agent::kExitNoRequest;
  }
  if (!diapason::WriteMessage(diapason::kChildWriteFd, diapason::v1::RunResponse()).ok()) return 1;
  const diapason::v1::MeasureOptions& options = run.request().options();
  diapason::device_agent::Confinement confinement;
  confinement.memory_bytes = options.memory_bytes();
  confinement.cpu_seconds =
      absl::ToInt64Seconds(diapason::RunTimeout(options)) * std::max(1, options.threads()) + 2;
  confinement.emulated = run.emulated();
  diapason::device_agent::PinToCpus(run.cpu(), options.threads());
  diapason::device_agent::Confine(confinement);
  const diapason::SystemClock clock;
  diapason::v1::RunResponse response;
  if (run.check_health()) {
    *response.mutable_outcome() = diapason::device_agent::CheckSpeed(run.cpu(), clock);
  } else {
    response = diapason::device_agent::Measure(run, clock);
  }
  return diapason::WriteMessage(diapason::kChildWriteFd, response).ok() ? 0 : 1;
}
