// A child process in a process group of its own, spoken to over a pair of pipes, with limits, and killed
// without fail. Not thread-safe: one owner at a time. The destructor kills and reaps what still runs, within
// kKillTimeout. With `die_with_parent` the kernel also kills the child when the *thread* that started it
// ends: start it from a thread that outlives it.
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

struct ChildOptions {
  std::vector<std::string> argv;   // argv[0] is the program's path
  int64_t memory_bytes = 0;        // RLIMIT_AS; 0: none; not applied to sanitized builds (sanitized.h)
  int64_t cpu_seconds = 0;         // RLIMIT_CPU, a last resort behind the caller's deadline; 0: none
  bool die_with_parent = true;     // PR_SET_PDEATHSIG
  std::string stderr_path;         // file that receives stderr; empty: inherited
};

// From SIGKILL until the child is gone. One that takes longer waits in the kernel, uninterruptibly (state D),
// for a disk or a driver, and may do so for ever.
inline constexpr absl::Duration kKillTimeout = absl::Seconds(5);

// How a child ended.
struct ChildExit {
  bool exited = false;  // else killed by `signal`
  int code = 0;
  int signal = 0;
};

class ChildProcess {
 public:
  // NotFound: argv[0] is not an executable file. ResourceExhausted: no more processes or descriptors. In the
  // child, descriptor 3 reads what we write and descriptor 4 writes what we read (message_pipe.h); stdin is
  // /dev/null and stdout goes to stderr, so that a stray print never breaks the protocol.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const ChildOptions& options);
  ~ChildProcess();

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  int write_fd() const { return write_fd_; }
  int read_fd() const { return read_fd_; }

  // Tells the child that no more comes.
  void CloseWrite();

  // Waits for the end. DeadlineExceeded: it still runs.
  absl::StatusOr<ChildExit> Wait(absl::Duration timeout);

  // SIGKILL to the whole group, then reaps. Returns how it ended. DeadlineExceeded: it is not gone within
  // kKillTimeout; Wait says when it is.
  absl::StatusOr<ChildExit> Kill();

 private:
  ChildProcess(pid_t pid, int write_fd, int read_fd) : pid_(pid), write_fd_(write_fd), read_fd_(read_fd) {}

  pid_t pid_;
  int write_fd_;
  int read_fd_;
  bool reaped_ = false;
  ChildExit exit_;
};

// The child's ends.
inline constexpr int kChildReadFd = 3;
inline constexpr int kChildWriteFd = 4;

}  // namespace diapason

#endif  // DIAPASON_PROTO_PROCESSES_CHILD_PROCESS_H_
