// A child process in a process group of its own. We talk to it over a pair of pipes. It can be limited in
// memory and time, and it is always killed in the end.
//
// Not thread-safe: one owner at a time. The destructor kills and reaps a child that is still running; it
// blocks for at most kKillTimeout. With `die_with_parent`, the kernel also kills the child when the
// *thread* that started it ends, so start it from a thread that lives longer than the child.
#ifndef DIAPASON_PROTO_PROCESSES_CHILD_PROCESS_H_
#define DIAPASON_PROTO_PROCESSES_CHILD_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace diapason {

// How to start a child.
struct ChildOptions {
  std::vector<std::string> argv;  // argv[0] is the program's path
  int64_t memory_bytes = 0;       // RLIMIT_AS; 0: no limit; sanitized builds ignore it (sanitized.h)
  int64_t cpu_seconds = 0;        // RLIMIT_CPU, in case the caller's deadline fails; 0: no limit
  bool die_with_parent = true;    // PR_SET_PDEATHSIG
  int nice = 0;                   // added to our own nice value
  std::vector<int> cpus;          // processors that it may use; empty: ours
  bool only_when_idle = false;    // SCHED_IDLE: it runs only while nothing else wants its processors
  std::string stderr_path;        // the file that stderr is appended to; empty: inherit ours
};

// How long a child may take to end after SIGKILL. A child that takes longer waits in the kernel for a disk
// or a driver and cannot be interrupted (state D). It may stay like that for ever.
inline constexpr absl::Duration kKillTimeout = absl::Seconds(5);

// How a child ended.
struct ChildExit {
  bool exited = false;  // true: it exited with `code`; false: `signal` killed it
  int code = 0;         // the exit code, from 0 to 255
  int signal = 0;       // the number of the signal
};

// Owns one child process and our ends of its pipes.
class ChildProcess {
 public:
  // Starts a child. In the child, descriptor 3 reads what we write and descriptor 4 writes what we read
  // (message_pipe.h). Its stdin is /dev/null and its stdout goes to stderr, so that a stray print never
  // breaks the protocol. NotFound: argv[0] is not an executable file. ResourceExhausted: the system allows
  // no more processes or descriptors.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const ChildOptions& options);
  ~ChildProcess();

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // The child's process id, and our ends of the pipes.
  pid_t pid() const { return pid_; }
  int write_fd() const { return write_fd_; }
  int read_fd() const { return read_fd_; }

  // Closes our writing end, which tells the child that no more messages will come.
  void CloseWrite();

  // Waits until the child has ended. DeadlineExceeded: it is still running after `timeout`.
  absl::StatusOr<ChildExit> Wait(absl::Duration timeout);

  // Sends SIGKILL to the whole process group and waits until the child has ended. Returns how it ended.
  // DeadlineExceeded: it has not ended within kKillTimeout; Wait can be called again later.
  absl::StatusOr<ChildExit> Kill();

 private:
  ChildProcess(pid_t pid, int write_fd, int read_fd) : pid_(pid), write_fd_(write_fd), read_fd_(read_fd) {}

  pid_t pid_;
  int write_fd_;
  int read_fd_;
  bool reaped_ = false;
  ChildExit exit_;
};

// The descriptors of the pipes in the child.
inline constexpr int kChildReadFd = 3;
inline constexpr int kChildWriteFd = 4;

}  // namespace diapason

#endif  // DIAPASON_PROTO_PROCESSES_CHILD_PROCESS_H_
