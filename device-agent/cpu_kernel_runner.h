// Runs trials on this machine's CPU, each in a runner child of its own, sandboxed.
#ifndef DIAPASON_DEVICE_AGENT_CPU_KERNEL_RUNNER_H_
#define DIAPASON_DEVICE_AGENT_CPU_KERNEL_RUNNER_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "device-agent/file_cache.h"
#include "device-agent/kernel_runner.h"
#include "device-agent/sandbox.h"
#include "diapason/v1/runner.pb.h"
#include "proto/base/clock.h"
#include "proto/base/mutex.h"
#include "proto/processes/child_process.h"

namespace diapason::device_agent {

struct CpuKernelRunnerOptions {
  int cpu = 0;            // core to measure on
  bool emulated = false;  // programs of this architecture run under a user-mode emulator
  std::string log_path;   // file for the children's stderr
};

class CpuKernelRunner final : public KernelRunner {
 public:
  // `references` keeps what references computed. All outlive this.
  CpuKernelRunner(const Sandbox& sandbox, FileCache& references, const Clock& clock,
                  CpuKernelRunnerOptions options)
      : sandbox_(sandbox), references_(references), clock_(clock), options_(std::move(options)) {}

  std::string kind() const override { return "cpu"; }
  v1::Sandbox sandbox() const override { return sandbox_.form(); }
  v1::MeasureResult Run(const v1::MeasureRequest& request, const TrialFiles& files) override;
  v1::Outcome CheckHealth() override;
  std::string Unfit() override;
  void Cancel(absl::string_view trial_id) override;

 private:
  v1::RunResponse MeasureInChild(const v1::MeasureRequest& request, const TrialFiles& files);
  v1::Outcome FindReference(const v1::MeasureRequest& request, const std::string& reference,
                            std::string& path);
  v1::RunResponse RunChild(v1::RunRequest run, absl::Duration timeout);
  // What became of a child that gave no answer: `status` says what was read instead, `exit` how it ended.
  v1::Outcome OutcomeWithoutAnswer(const absl::Status& status, const absl::StatusOr<ChildExit>& exit,
                                   bool started, absl::Duration timeout) const;
  // Waits for the child's end, or brings it about. With the error of ChildProcess::Kill the child is kept,
  // and this is unfit.
  absl::StatusOr<ChildExit> End(std::unique_ptr<ChildProcess> child, bool wait);
  // The last line that the child has written, or "".
  std::string DiagnosticFromStderr() const;
  void SetChild(pid_t pid);
  bool WasCancelled();

  const Sandbox& sandbox_;
  FileCache& references_;
  const Clock& clock_;
  const CpuKernelRunnerOptions options_;

  // References that failed, by ReferenceKey: the next candidates need not wait for it. Forgotten after a
  // while, because memory may have been short, or the machine busy. Run's own.
  struct FailedReference {
    v1::Outcome outcome;
    absl::Duration until;
  };
  std::map<std::string, FailedReference> failed_references_;

  Mutex mu_;
  std::string trial_id_ ABSL_GUARDED_BY(mu_);                              // empty: none runs
  pid_t child_ ABSL_GUARDED_BY(mu_) = -1;                                  // not reaped yet while it is set
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;                            // the trial that runs
  std::vector<std::unique_ptr<ChildProcess>> stuck_ ABSL_GUARDED_BY(mu_);  // killed, and not gone
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_CPU_KERNEL_RUNNER_H_
