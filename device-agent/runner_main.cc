// `device-runner`: measures one task, sent and answered over a pair of pipes (runner.proto), and ends. Started by
// device-agent for every trial; of no use by hand.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "device-agent/runner/conditions.h"
#include "device-agent/runner/confinement.h"
#include "device-agent/runner/measure.h"
#include "proto/base/clock.h"
#include "proto/processes/child_process.h"
#include "proto/processes/message_pipe.h"

namespace {

// As many cores as threads, from `cpu` on and round.
void PinTo(int cpu, int threads) {
  const int64_t cores = std::max<int64_t>(1, sysconf(_SC_NPROCESSORS_ONLN));
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  for (int i = 1; i < threads; ++i) CPU_SET(static_cast<size_t>((cpu + i) % cores), &set);
  sched_setaffinity(0, sizeof set, &set);  // where it is refused, the kernel's scheduler decides
}

}  // namespace

int main() {
  diapason::v1::RunRequest request;
  const absl::Status status = diapason::ReadMessage(diapason::kChildReadFd, request);
  if (!status.ok()) {
    std::fprintf(stderr, "device-runner: no request on descriptor %d; device-agent starts this program\n",
                 diapason::kChildReadFd);
    return diapason::device_agent::kExitNoRequest;
  }
  if (!diapason::WriteMessage(diapason::kChildWriteFd, diapason::v1::RunResponse()).ok()) return 1;
  const diapason::v1::MeasureOptions& options = request.task().options();
  diapason::device_agent::Confinement confinement;
  confinement.memory_bytes = options.memory_bytes();
  confinement.cpu_seconds = options.timeout_us() / 1'000'000 * std::max(1, options.threads()) + 2;
  confinement.emulated = request.emulated();
  PinTo(request.cpu(), options.threads());
  diapason::device_agent::Confine(confinement);
  const diapason::SystemClock clock;
  diapason::v1::RunResponse response;
  if (request.check_health()) {
    *response.mutable_outcome() = diapason::device_agent::CheckSpeed(request.cpu(), clock);
  } else {
    response = diapason::device_agent::Measure(request, clock);
  }
  return diapason::WriteMessage(diapason::kChildWriteFd, response).ok() ? 0 : 1;
}
