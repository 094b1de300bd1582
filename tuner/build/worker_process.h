// One builder worker as a child process. It is started when it is needed, killed when it misses a
// deadline, and replaced after it has died or after a fixed number of builds. Use it from one thread only,
// which must outlive it: Linux kills the child when the thread that started it ends.
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

// How a worker process is started and when it is replaced.
struct WorkerOptions {
  std::vector<std::string> argv;     // Sandbox::command of the worker program
  int64_t memory_bytes = 4ll << 30;  // address space, which includes shared libraries
  int builds_before_restart = 2000;  // bounds slow growth of memory; a restart costs about 30 ms
  int nice = 10;                     // added to ours; lets measuring go first where both run on one machine
  std::vector<int> cpus;             // processors that it may use; all if empty
  bool only_when_idle = false;       // whether it runs only while nothing else wants its processors
};

// The exit code of a worker that has run out of memory.
inline constexpr int kOutOfMemoryExitCode = 86;

class WorkerProcess {
 public:
  explicit WorkerProcess(WorkerOptions options) : options_(std::move(options)) {}

  // Builds `request` and returns the worker's response. If there is none, the response has the outcome
  // COMPILE_TIMEOUT (after `deadline`), OUT_OF_MEMORY, COMPILE_ERROR (the worker crashed), or CANCELLED
  // (soon after `stop` became true), with a message. Returns an error only if the worker cannot be started
  // (NotFound, ResourceExhausted).
  absl::StatusOr<v1::BuildResponse> Build(const v1::BuildRequest& request, absl::Duration deadline,
                                          const std::atomic<bool>& stop);

 private:
  absl::Status EnsureStarted();
  absl::Status Exchange(const v1::BuildRequest& request, v1::BuildResponse& response, absl::Duration deadline,
                        const std::atomic<bool>& stop);
  v1::Outcome OutcomeFromExit(const ChildExit& exit);
  std::string DiagnosticFromStderr() const;

  const WorkerOptions options_;
  CapturedStderr stderr_;  // read when the worker has died
  std::unique_ptr<ChildProcess> child_;
  int builds_ = 0;  // of the current child
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_BUILD_WORKER_PROCESS_H_
