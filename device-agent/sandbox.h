// The strongest confinement for runner children that this machine allows.
//
// FULL: bubblewrap gives the child its own namespaces, without a network and without a view of other
// processes. The child can only read its file system: the system's libraries, /proc, /sys, the runner, and
// the agent's folder.
//
// REDUCED: for machines where namespaces cannot be created (a plain chroot, a container without rights, an
// emulator).
//
// In both forms, the runner also confines itself (runner/confinement.h): memory, time, processes,
// descriptors and system calls.
#ifndef DIAPASON_DEVICE_AGENT_SANDBOX_H_
#define DIAPASON_DEVICE_AGENT_SANDBOX_H_

#include <string>
#include <vector>

#include "diapason/v1/trial.pb.h"

namespace diapason::device_agent {

// A sandbox: its form, and the command that starts a runner in it. It holds no resources and does not
// change, so any thread may use it.
class Sandbox {
 public:
  // Tries once whether the full form can start the runner; this takes some milliseconds. `runner` is the
  // command that starts a runner: the program, and before it an emulator if it needs one. `readable` is a
  // folder that children must be able to read; a log may be left there. All paths must be absolute.
  static Sandbox Probe(const std::vector<std::string>& runner, const std::string& readable);

  v1::Sandbox form() const { return form_; }
  // Why the form is not the full one. Empty if it is.
  const std::string& reason() const { return reason_; }
  // The command that starts a runner in this sandbox.
  const std::vector<std::string>& command() const { return command_; }

 private:
  v1::Sandbox form_ = v1::SANDBOX_UNSPECIFIED;
  std::string reason_;
  std::vector<std::string> command_;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_SANDBOX_H_
