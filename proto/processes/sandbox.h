// The strongest confinement for child processes that this machine allows: for runners of candidates and for
// builder workers.
//
// FULL: bubblewrap gives the child its own namespaces, without a network and without a view of other
// processes. The child can only read its file system: the system's libraries, /proc, /sys, the program with
// the libraries beside it, and the folders that it is given.
//
// REDUCED: for machines where namespaces cannot be created (a plain chroot, a container without rights, an
// emulator). The child sees the whole file system and the network.
//
// In both forms, limits of memory and time come from ChildOptions, and a runner also confines itself
// (device-agent/runner/confinement.h).
#ifndef DIAPASON_PROTO_PROCESSES_SANDBOX_H_
#define DIAPASON_PROTO_PROCESSES_SANDBOX_H_

#include <string>
#include <vector>

#include "diapason/v1/trial.pb.h"

namespace diapason {

// What runs in a sandbox. All paths must be absolute.
struct SandboxedProgram {
  std::vector<std::string> command;   // the program, and before it an emulator if it needs one
  std::vector<std::string> readable;  // folders that the child must be able to read
  int exit_code = 0;                  // with which it ends if its input is closed at once
};

// A sandbox: its form, and the command that starts the program in it. It holds no resources and does not
// change, so any thread may use it.
class Sandbox {
 public:
  // Tries once whether the full form can start the program; this takes some milliseconds.
  static Sandbox Probe(const SandboxedProgram& program);

  v1::Sandbox form() const { return form_; }
  // Why the form is not the full one. Empty if it is.
  const std::string& reason() const { return reason_; }
  // The command that starts the program in this sandbox.
  const std::vector<std::string>& command() const { return command_; }

 private:
  v1::Sandbox form_ = v1::SANDBOX_UNSPECIFIED;
  std::string reason_;
  std::vector<std::string> command_;
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_PROCESSES_SANDBOX_H_
