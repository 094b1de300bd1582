// The program `device-runner`: runs the requests of a device-agent, which starts it in a sandbox. Each
// request runs in a process of its own (runner/request_loop.h). Users do not call it.
#include <algorithm>

#include "compiler/runtime/host_target.h"
#include "device-agent/runner/conditions.h"
#include "device-agent/runner/confinement.h"
#include "device-agent/runner/cpu_affinity.h"
#include "device-agent/runner/machine_speed.h"
#include "device-agent/runner/measure.h"
#include "device-agent/runner/request_loop.h"
#include "proto/base/clock.h"
#include "proto/domain/outcome.h"
#include "proto/domain/trial_deadlines.h"

namespace diapason::device_agent {
namespace {

v1::RunResponse RunConfined(const v1::RunRequest& run) {
  const v1::MeasureOptions& options = run.request().options();
  Confinement confinement;
  confinement.memory_bytes = options.memory_bytes();
  confinement.cpu_seconds = absl::ToInt64Seconds(RunTimeout(options)) * std::max(1, options.threads()) + 2;
  confinement.emulated = run.emulated();
  PinToCpus(run.cpu(), options.threads());
  // A confined process cannot read what the machine is.
  const v1::Target host = run.measure_speed() ? compiler::runtime::HostTarget() : v1::Target();
  Confine(confinement);
  const SystemClock clock;
  v1::RunResponse response;
  if (run.check_health()) {
    *response.mutable_outcome() = CheckSpeed(run.cpu(), clock);
  } else if (run.measure_speed()) {
    *response.mutable_speed() = MeasureSpeed(host, clock);
    *response.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_OK);
  } else {
    response = Measure(run, clock);
  }
  return response;
}

}  // namespace
}  // namespace diapason::device_agent

int main() { return diapason::device_agent::ServeRequests(diapason::device_agent::RunConfined); }
