// One builder worker as a child process: started when needed, killed when late, replaced when it died or grew
// old. Confined to one thread, which must outlive it (the kernel kills the child with its thread).
#ifndef DIAPASON_TUNER_BUILD_WORKER_PROCESS_H_
#define DIAPASON_TUNER_BUILD_WORKER_PROCESS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "diapason/v1/builder.pb.h"
#include "proto/processes/captured_stderr.h"
#include "proto/processes/child_process.h"

namespace diapason::tuner {

struct WorkerOptions {
  std::vector<std::string> argv;     // the worker program and its arguments
  int64_t memory_bytes = 4ll << 30;  // of address space, the shared libraries' included
  int builds_before_restart = 2000;  // insurance against slow growth; a restart costs about 30 ms
  int nice = 10;                     // so that building gives way to measuring on one machine
  std::vector<int> cpus;             // that it may use; empty: all
};

// A worker that runs out of memory says so by this exit code.
inline constexpr int kOutOfMemoryExitCode = 86;

class WorkerProcess {
 public:
  explicit WorkerProcess(WorkerOptions options) : options_(std::move(options)) {}

  // What becomes of the request: the worker's response, or COMPILE_TIMEOUT, OUT_OF_MEMORY or COMPILE_ERROR
  // (it crashed) with a message, or CANCELLED soon after `stop` was set. Returns an error only if the worker
  // cannot be started (NotFound, ResourceExhausted).
  absl::StatusOr<v1::BuildResponse> Build(const v1::BuildRequest& request, absl::Duration deadline,
                                          const std::atomic<bool>& stop);

 private:
  absl::Status EnsureStarted();
  absl::Status Exchange(const v1::BuildRequest& request, v1::BuildResponse& response, absl::Duration deadline,
                        const std::atomic<bool>& stop);
  v1::Outcome OutcomeFromExit(const ChildExit& exit);
  std::string DiagnosticFromStderr() const;

  const WorkerOptions options_;
  CapturedStderr stderr_;  // for the message about its death
  std::unique_ptr<ChildProcess> child_;
  int builds_ = 0;  // of the present child
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_BUILD_WORKER_PROCESS_H_
