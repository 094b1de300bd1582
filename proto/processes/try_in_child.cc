#include "proto/processes/try_in_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "proto/base/clock.h"

namespace diapason {
namespace {

constexpr size_t kMaxMessage = 64 << 10;

// The status is sent through the pipe as one byte for its code, followed by its message.
[[noreturn]] void RunChild(const std::function<absl::Status()>& function, int fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) ::signal(signal, SIG_DFL);
  // The parent reports a crash in one line, so whatever the child prints is dropped.
  if (const int null = open("/dev/null", O_WRONLY | O_CLOEXEC); null >= 0) dup2(null, STDERR_FILENO);
  const absl::Status status = function();
  std::string text(1, static_cast<char>(status.code()));
  absl::StrAppend(&text, status.message().substr(0, kMaxMessage));
  for (absl::string_view rest = text; !rest.empty();) {
    const ssize_t wrote = write(fd, rest.data(), rest.size());
    if (wrote <= 0) _exit(1);
    rest.remove_prefix(static_cast<size_t>(wrote));
  }
  _exit(0);
}

// Reads until the other end is closed. Returns false if `limit` is over before that.
bool ReadAll(int fd, absl::Duration limit, std::string& text) {
  const SystemClock clock;
  const absl::Duration deadline = clock.Monotonic() + limit;
  char buffer[4096];
  while (true) {
    const absl::Duration left = deadline - clock.Monotonic();
    if (left <= absl::ZeroDuration()) return false;
    pollfd wait = {fd, POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1) <= 0) continue;
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    text.append(buffer, static_cast<size_t>(got));
  }
}

}  // namespace

absl::Status TryInChild(const std::function<absl::Status()>& function, absl::Duration limit) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return absl::InternalError(absl::StrCat("creating a pipe failed: ", std::strerror(errno)));
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    RunChild(function, ends[1]);
  }
  const int error = errno;
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return absl::InternalError(absl::StrCat("starting a child process failed: ", std::strerror(error)));
  }
  std::string text;
  const bool in_time = ReadAll(ends[0], limit, text);
  close(ends[0]);
  if (!in_time) kill(pid, SIGKILL);
  int how = 0;
  while (waitpid(pid, &how, 0) < 0 && errno == EINTR) {
  }
  if (!in_time)
    return absl::DeadlineExceededError(absl::StrCat("it did not end within ", absl::FormatDuration(limit)));
  if (WIFSIGNALED(how)) return absl::AbortedError(absl::StrCat("it crashed: ", strsignal(WTERMSIG(how))));
  if (!WIFEXITED(how) || WEXITSTATUS(how) != 0 || text.empty())
    return absl::AbortedError(absl::StrCat("it crashed: exit code ", WEXITSTATUS(how)));
  return absl::Status(static_cast<absl::StatusCode>(text[0]), absl::string_view(text).substr(1));
}

}  // namespace diapason
