#include "proto/processes/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "proto/base/clock.h"
#include "proto/base/sanitized.h"

namespace diapason {
namespace {

constexpr int kPidfdOpen = 434;  // the same on every architecture; older C libraries have no name for it

constexpr absl::Duration kReapEvery = absl::Milliseconds(10);

// Returns the letter of the process's state in /proc, or "?" if it cannot be read.
std::string StateOf(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string line;
  std::getline(file, line);
  const size_t name_end = line.rfind(") ");
  return name_end == std::string::npos ? "?" : line.substr(name_end + 2, 1);
}

ChildExit Decode(int status) {
  ChildExit result;
  result.exited = WIFEXITED(status);
  if (result.exited) result.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

void SetLimit(int resource, int64_t value) {
  const rlimit limit = {static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

// Runs in the child between fork and exec. It makes only calls that are safe in the child of a process
// with threads.
[[noreturn]] void RunChild(const ChildOptions& options, char* const* argv, pid_t parent, int read_end,
                           int write_end, int null_fd, int error_fd) {
  setpgid(0, 0);
  if (options.die_with_parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
  }
  // The pipe's descriptors may themselves be 3 or 4, so they are moved to higher numbers first.
  const int high_read = fcntl(read_end, F_DUPFD_CLOEXEC, 10);
  const int high_write = fcntl(write_end, F_DUPFD_CLOEXEC, 10);
  dup2(null_fd, STDIN_FILENO);
  if (error_fd >= 0) dup2(error_fd, STDERR_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  dup2(high_read, kChildReadFd);
  dup2(high_write, kChildWriteFd);
  if (options.memory_bytes > 0 && !kSanitized) SetLimit(RLIMIT_AS, options.memory_bytes);
  if (options.cpu_seconds > 0) SetLimit(RLIMIT_CPU, options.cpu_seconds);
  SetLimit(RLIMIT_CORE, 0);
  if (options.nice != 0) setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + options.nice);
  if (!options.cpus.empty()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int cpu : options.cpus) CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  const sched_param no_priority = {};
  if (options.only_when_idle) sched_setscheduler(0, SCHED_IDLE, &no_priority);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  execv(argv[0], argv);
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(const ChildOptions& options) {
  if (options.argv.empty() || access(options.argv[0].c_str(), X_OK) != 0) {
    return absl::NotFoundError(absl::StrCat("cannot start \"", options.argv.empty() ? "" : options.argv[0],
                                            "\": it is not an executable file"));
  }
  std::vector<char*> argv;
  for (const std::string& argument : options.argv) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  int to_child[2] = {-1, -1};
  int from_child[2] = {-1, -1};
  int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int error_fd = -1;
  if (!options.stderr_path.empty()) {
    error_fd = open(options.stderr_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  pid_t pid = -1;
  if (null_fd >= 0 && pipe2(to_child, O_CLOEXEC) == 0 && pipe2(from_child, O_CLOEXEC) == 0) {
    const pid_t parent = getpid();
    pid = fork();
    if (pid == 0) RunChild(options, argv.data(), parent, to_child[0], from_child[1], null_fd, error_fd);
  }
  const int error = errno;
  for (int fd : {to_child[0], from_child[1], null_fd, error_fd}) {
    if (fd >= 0) close(fd);
  }
  if (pid < 0) {
    for (int fd : {to_child[1], from_child[0]}) {
      if (fd >= 0) close(fd);
    }
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot start ", options.argv[0], ": ", std::strerror(error)));
  }
  setpgid(pid, pid);  // both processes call it, because either may run first
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid, to_child[1], from_child[0]));
}

ChildProcess::~ChildProcess() {
  Kill().IgnoreError();  // a child that cannot be killed stays a zombie until this process ends
  CloseWrite();
  close(read_fd_);
}

void ChildProcess::CloseWrite() {
  if (write_fd_ >= 0) close(write_fd_);
  write_fd_ = -1;
}

absl::StatusOr<ChildExit> ChildProcess::Wait(absl::Duration timeout) {
  if (reaped_) return exit_;
  const SystemClock clock;
  const absl::Duration deadline = clock.Monotonic() + timeout;
  const int pidfd = static_cast<int>(syscall(kPidfdOpen, pid_, 0));
  if (pidfd >= 0) {
    pollfd wait = {pidfd, POLLIN, 0};
    const int64_t ms = std::clamp<int64_t>(absl::ToInt64Milliseconds(timeout), 0, INT_MAX);
    while (poll(&wait, 1, static_cast<int>(ms)) < 0 && errno == EINTR) {
    }
    close(pidfd);
  }
  int status = 0;
  pid_t got = 0;
  // The pidfd can be ready a moment before the child can be reaped. While another process traces the
  // child, it cannot be reaped either. An old kernel has no pidfds.
  while ((got = waitpid(pid_, &status, WNOHANG)) == 0 && clock.Monotonic() < deadline) {
    usleep(static_cast<useconds_t>(absl::ToInt64Microseconds(kReapEvery)));
  }
  if (got == 0)
    return absl::DeadlineExceededError(absl::StrCat("the child process ", pid_, " is still running"));
  reaped_ = true;
  if (got == pid_) exit_ = Decode(status);
  return exit_;
}

absl::StatusOr<ChildExit> ChildProcess::Kill() {
  // Grandchildren may outlive the child, so the whole group is killed. This is only safe before the child
  // is reaped, because after that its id may belong to another process.
  if (reaped_) return exit_;
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  absl::StatusOr<ChildExit> exit = Wait(kKillTimeout);
  if (exit.ok()) return exit;
  return absl::DeadlineExceededError(absl::StrCat("the child process ", pid_, " (state ", StateOf(pid_),
                                                  ") has not ended ", absl::FormatDuration(kKillTimeout),
                                                  " after SIGKILL"));
}

}  // namespace diapason
