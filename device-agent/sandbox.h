// The strongest confinement that this machine allows for runner children.
//
// FULL: bubblewrap gives the child namespaces of its own (no network, no other processes in sight) and a file
// system that it can only read: the system's libraries, /proc, /sys, the runner, and the agent's folder.
// REDUCED: where namespaces cannot be made (a plain chroot, a container without rights, an emulator). In
// both, the runner confines itself further (runner/confinement.h): memory, time, processes, descriptors and
// system calls.
#ifndef DIAPASON_DEVICE_AGENT_SANDBOX_H_
#define DIAPASON_DEVICE_AGENT_SANDBOX_H_

#include <string>
#include <vector>

#include "diapason/v1/trial.pb.h"

namespace diapason::device_agent {

class Sandbox {
 public:
  // Tries the full form with the runner itself, once; some milliseconds. `runner` is the command that starts
  // one: the program, with an emulator before it where it needs one. `readable` is a folder that children
  // must read, and where this may leave a log. All paths are absolute.
  static Sandbox Probe(const std::vector<std::string>& runner, const std::string& readable);

  v1::Sandbox form() const { return form_; }
  // Why it is not the full form; empty where it is.
  const std::string& reason() const { return reason_; }
  // The command that starts a runner in it.
  const std::vector<std::string>& command() const { return command_; }

 private:
  v1::Sandbox form_ = v1::SANDBOX_UNSPECIFIED;
  std::string reason_;
  std::vector<std::string> command_;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_SANDBOX_H_
