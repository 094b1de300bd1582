#include "device-agent/runner/request_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "device-agent/runner/confinement.h"
#include "proto/domain/outcome.h"
#include "proto/processes/child_process.h"
#include "proto/processes/message_pipe.h"

namespace diapason::device_agent {
namespace {

// The forked process. It writes its answer to `write_fd`, which takes the place of the agent's descriptor.
[[noreturn]] void RunForked(const v1::RunRequest& run, const RunOne& run_one, pid_t parent, int write_fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  close(kChildReadFd);
  dup2(write_fd, kChildWriteFd);
  _exit(WriteMessage(kChildWriteFd, run_one(run)).ok() ? 0 : 1);
}

v1::RunEnd WaitForEnd(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  v1::RunEnd end;
  end.set_exited(WIFEXITED(status));
  if (WIFEXITED(status)) end.set_code(WEXITSTATUS(status));
  if (WIFSIGNALED(status)) end.set_signal(WTERMSIG(status));
  return end;
}

v1::RunResponse CannotStart() {
  v1::RunResponse response;
  *response.mutable_outcome() =
      MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST,
                  absl::StrCat("the runner cannot start a process for the trial: ", strerror(errno)));
  return response;
}

// Answers one request. Returns false if the agent does not listen any more.
bool Serve(const v1::RunRequest& run, const RunOne& run_one) {
  int answer[2] = {-1, -1};
  if (pipe2(answer, O_CLOEXEC) != 0) return WriteMessage(kChildWriteFd, CannotStart()).ok();
  const pid_t self = getpid();
  const pid_t pid = fork();
  if (pid == 0) RunForked(run, run_one, self, answer[1]);
  close(answer[1]);
  if (pid < 0) {
    const v1::RunResponse response = CannotStart();
    close(answer[0]);
    return WriteMessage(kChildWriteFd, response).ok();
  }
  bool listens = WriteMessage(kChildWriteFd, v1::RunResponse()).ok();
  v1::RunResponse response;
  const absl::Status status = ReadMessage(answer[0], response);
  close(answer[0]);
  // A process that has answered is killed, because a candidate's threads could keep it alive. A process that
  // sent something else is killed as well. One that closed its end is about to end.
  if (!absl::IsOutOfRange(status)) kill(pid, SIGKILL);
  const v1::RunEnd end = WaitForEnd(pid);
  if (!status.ok()) {
    response.Clear();
    *response.mutable_end() = end;
  }
  listens = listens && WriteMessage(kChildWriteFd, response).ok();
  return listens;
}

}  // namespace

int ServeRequests(const RunOne& run_one) {
  v1::RunRequest run;
  if (!ReadMessage(kChildReadFd, run).ok()) {
    std::fprintf(
        stderr,
        "device-runner: found no request on descriptor %d; this program is only started by device-agent\n",
        kChildReadFd);
    return kExitNoRequest;
  }
  do {
    if (!Serve(run, run_one)) return 1;
  } while (ReadMessage(kChildReadFd, run).ok());
  return 0;
}

}  // namespace diapason::device_agent
