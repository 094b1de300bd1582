// Another inference engine, which `diapason bench --against` measures. It runs in a process of its own, the
// Python program peers/peer_worker.py, and is stopped while others are measured.
#ifndef DIAPASON_TUNER_CLI_PEER_PROCESS_H_
#define DIAPASON_TUNER_CLI_PEER_PROCESS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/processes/child_process.h"
#include "tuner/report/json_text.h"

namespace diapason::tuner {

// One engine. One thread may use it. The destructor ends the process.
class PeerProcess {
 public:
  // Starts the process on the processors that this thread may use. `argv` is the worker with its arguments;
  // what it prints is appended to the file `log`. Returns the errors of ChildProcess::Start.
  static absl::StatusOr<std::unique_ptr<PeerProcess>> Start(const std::vector<std::string>& argv,
                                                            const std::string& log);

  // Lets the process go on, sends a request, and stops the process again when it has answered. Returns
  // FailedPrecondition with the engine's reason if it answers that it cannot do this or if the process ended,
  // and DeadlineExceeded if there is no answer in time.
  absl::StatusOr<JsonObject> Ask(const JsonObject& request, absl::Duration timeout);

 private:
  explicit PeerProcess(std::unique_ptr<ChildProcess> child) : child_(std::move(child)) {}
  absl::StatusOr<std::string> ReadLine(absl::Duration timeout);

  const std::unique_ptr<ChildProcess> child_;
  std::string unread_;  // what came behind the last line
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_PEER_PROCESS_H_
