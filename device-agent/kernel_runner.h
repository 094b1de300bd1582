// The interface for running trials on one kind of device. An implementation for GPUs, for phones behind
// adb or for a simulator would be another KernelRunner.
#ifndef DIAPASON_DEVICE_AGENT_KERNEL_RUNNER_H_
#define DIAPASON_DEVICE_AGENT_KERNEL_RUNNER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/trial.pb.h"

namespace diapason::device_agent {

// The paths of a request's artifacts on this machine. Each file has been verified against its hash.
struct TrialFiles {
  std::string artifact;
  std::string reference;
  std::vector<std::string> rivals;
};

// Measures trials. Run, CheckHealth and MeasureSpeed are called one at a time; the other functions from any
// thread.
class KernelRunner {
 public:
  virtual ~KernelRunner() = default;

  // The name of the kind, e.g. "cpu" (DeviceInfo.runner).
  virtual std::string kind() const = 0;
  // How candidates are confined.
  virtual v1::Sandbox sandbox() const = 0;

  // Measures one request. Blocks until there is an outcome, for at most RunDeadline(request). Whatever the
  // artifact does, the next call must work; otherwise Unfit says why not. If the reference fails, the
  // outcome is REFERENCE_FAILED, and the reference is not run again for each candidate.
  virtual v1::MeasureResult Run(const v1::MeasureRequest& request, const TrialFiles& files) = 0;

  // Finds out whether trials can run and whether their times mean something. Returns OK, THROTTLED or
  // DEVICE_LOST. Blocks for some seconds at most. Must not be called during Run.
  virtual v1::Outcome CheckHealth() = 0;

  // Measures how fast the machine is. Returns nullopt if this is not known. Blocks for some seconds at most.
  virtual std::optional<v1::MachineSpeed> MeasureSpeed() { return std::nullopt; }

  // Returns one line that says why no trial can run now (e.g. a child cannot be ended), or "" if trials
  // can run. The reason may go away later.
  virtual std::string Unfit() = 0;

  // Makes a Run of this trial end soon, as CANCELLED. Has no effect if the trial is not running.
  virtual void Cancel(absl::string_view trial_id) = 0;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_KERNEL_RUNNER_H_
