// The KernelRunner for this machine's CPU. A sandboxed child process (device-runner) runs the trials, each
// in a process of its own, which it forks. So the sandbox is set up once and not for every trial.
#ifndef DIAPASON_DEVICE_AGENT_CPU_KERNEL_RUNNER_H_
#define DIAPASON_DEVICE_AGENT_CPU_KERNEL_RUNNER_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "device-agent/file_cache.h"
#include "device-agent/kernel_runner.h"
#include "diapason/v1/runner.pb.h"
#include "proto/base/clock.h"
#include "proto/base/mutex.h"
#include "proto/processes/child_process.h"
#include "proto/processes/sandbox.h"

namespace diapason::device_agent {

// How a CpuKernelRunner runs its children.
struct CpuKernelRunnerOptions {
  int cpu = 0;            // the core to measure on
  bool emulated = false;  // true: a user-mode emulator runs the programs
  std::string log_path;   // the file for the stderr of the child
};

// KernelRunner documents its functions.
class CpuKernelRunner final : public KernelRunner {
 public:
  // `references` keeps the outputs of references. All references must outlive this object.
  CpuKernelRunner(const Sandbox& sandbox, FileCache& references, const Clock& clock,
                  CpuKernelRunnerOptions options)
      : sandbox_(sandbox), references_(references), clock_(clock), options_(std::move(options)) {}

  std::string kind() const override { return "cpu"; }
  v1::Sandbox sandbox() const override { return sandbox_.form(); }
  v1::MeasureResult Run(const v1::MeasureRequest& request, const TrialFiles& files) override;
  v1::Outcome CheckHealth() override;
  std::optional<v1::MachineSpeed> MeasureSpeed() override;
  std::string Unfit() override;
  void Cancel(absl::string_view trial_id) override;

 private:
  v1::RunResponse MeasureInChild(const v1::MeasureRequest& request, const TrialFiles& files);
  v1::Outcome FindReference(const v1::MeasureRequest& request, const std::string& reference,
                            std::string& path);
  // Runs one request in the child, which is started if it is not running.
  v1::RunResponse RunChild(v1::RunRequest run, absl::Duration timeout);
  // Sends a request to the child and reads its first answer.
  absl::Status Send(const v1::RunRequest& run, v1::RunResponse& response);
  // Ends a child that sent no answer, and returns what this says about the request. `status` is what reading
  // returned instead.
  v1::Outcome OutcomeWithoutAnswer(const absl::Status& status, bool started, absl::Duration timeout);
  // Waits for the end of the child if `wait` is set, and kills it if it does not end. If even that fails,
  // returns the error of ChildProcess::Kill and keeps the child; Unfit then reports it.
  absl::StatusOr<ChildExit> EndChild(bool wait);
  // Returns the last line that the child has written to stderr, or "".
  std::string DiagnosticFromStderr() const;
  void SetChild(pid_t pid);
  bool WasCancelled();

  const Sandbox& sandbox_;
  FileCache& references_;
  const Clock& clock_;
  const CpuKernelRunnerOptions options_;

  // References that failed, by ReferenceKey, so that the next candidates need not wait for the same
  // failure. They are forgotten after a while, because the reason may have been a lack of memory or a busy
  // machine. Only Run uses them.
  struct FailedReference {
    v1::Outcome outcome;
    absl::Duration until;
  };
  std::map<std::string, FailedReference> failed_references_;

  // The child, or null if it was not started yet or had to be ended. Only Run and CheckHealth use it.
  std::unique_ptr<ChildProcess> child_process_;

  Mutex mu_;
  std::string trial_id_ ABSL_GUARDED_BY(mu_);    // empty: none is running
  pid_t child_ ABSL_GUARDED_BY(mu_) = -1;        // the child while it runs a request, or -1
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;  // whether the running trial was cancelled
  std::vector<std::unique_ptr<ChildProcess>> stuck_ ABSL_GUARDED_BY(mu_);  // killed, but they have not ended
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_CPU_KERNEL_RUNNER_H_
