#include "proto/processes/runner_requests.h"

#include "proto/base/status_macros.h"
#include "proto/processes/message_pipe.h"

namespace diapason {
namespace {

constexpr int64_t kMemoryBytes = int64_t{1} << 30;  // address space, of which little is used
// For the start of the runner, also in an emulator on a busy machine.
constexpr absl::Duration kStartTimeout = absl::Seconds(20);

v1::RunRequest CheckRequest() {
  v1::RunRequest request;
  v1::MeasureOptions& options = *request.mutable_request()->mutable_options();
  options.set_timeout_us(absl::ToInt64Microseconds(kRunnerCheckTimeout));
  options.set_memory_bytes(kMemoryBytes);
  return request;
}

}  // namespace

v1::RunRequest SpeedRequest() {
  v1::RunRequest request = CheckRequest();
  request.set_measure_speed(true);
  return request;
}

v1::RunRequest HealthRequest() {
  v1::RunRequest request = CheckRequest();
  request.set_check_health(true);
  return request;
}

absl::Status StartRequest(ChildProcess& runner, const v1::RunRequest& request, v1::RunResponse& response) {
  DIAPASON_RETURN_IF_ERROR(WriteMessage(runner.write_fd(), request));
  return ReadMessage(runner.read_fd(), response, kStartTimeout);
}

}  // namespace diapason
