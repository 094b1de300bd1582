// How trials are run on one kind of device: the seam for GPUs, phones behind adb, simulators.
#ifndef DIAPASON_DEVICE_AGENT_KERNEL_RUNNER_H_
#define DIAPASON_DEVICE_AGENT_KERNEL_RUNNER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "diapason/v1/trial.pb.h"

namespace diapason::device_agent {

// Paths of a request's artifacts on this machine, each verified against its hash.
struct TrialFiles {
  std::string artifact;
  std::string reference;
  std::vector<std::string> rivals;
};

class KernelRunner {
 public:
  virtual ~KernelRunner() = default;

  // Name of the kind, for DeviceInfo.runner.
  virtual std::string kind() const = 0;
  virtual v1::Sandbox sandbox() const = 0;

  // Measures one request; blocks until there is an outcome, at most RunDeadline(request). Whatever the
  // artifact does, the next Run works, or Unfit says why not. A reference that fails is REFERENCE_FAILED, and
  // is not run again for each candidate. One call at a time.
  virtual v1::MeasureResult Run(const v1::MeasureRequest& request, const TrialFiles& files) = 0;

  // Whether trials can be run and their times mean something: OK, THROTTLED or DEVICE_LOST. Some seconds at
  // most. Not while Run is called.
  virtual v1::Outcome CheckHealth() = 0;

  // From any thread: why no trial can be run now, in one line (a child cannot be ended). Empty: it can. It
  // may become empty again.
  virtual std::string Unfit() = 0;

  // From any thread: a Run of that trial ends soon, as CANCELLED. No effect while it does not run.
  virtual void Cancel(absl::string_view trial_id) = 0;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_KERNEL_RUNNER_H_
