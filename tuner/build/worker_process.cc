#include "tuner/build/worker_process.h"

#include <poll.h>
#include <string.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/processes/message_pipe.h"

namespace diapason::tuner {
namespace {

constexpr size_t kMaxDiagnosticBytes = 400;
constexpr int kSignalBase = 128;  // bubblewrap ends with this plus the signal that ended its child
constexpr absl::Duration kSlice = absl::Milliseconds(50);

}  // namespace

absl::Status WorkerProcess::EnsureStarted() {
  if (child_ != nullptr && builds_ < options_.builds_before_restart) return absl::OkStatus();
  child_.reset();
  builds_ = 0;
  ChildOptions child;
  child.argv = options_.argv;
  child.memory_bytes = options_.memory_bytes;
  child.nice = options_.nice;
  child.cpus = options_.cpus;
  child.only_when_idle = options_.only_when_idle;
  stderr_.Clear();
  child.stderr_path = stderr_.path();
  DIAPASON_ASSIGN_OR_RETURN(child_, ChildProcess::Start(child));
  return absl::OkStatus();
}

// Waits in short slices, so that a shutdown does not have to wait for a slow build.
absl::Status WorkerProcess::Exchange(const v1::BuildRequest& request, v1::BuildResponse& response,
                                     absl::Duration deadline, const std::atomic<bool>& stop) {
  DIAPASON_RETURN_IF_ERROR(WriteMessage(child_->write_fd(), request));
  pollfd wait = {child_->read_fd(), POLLIN, 0};
  while (poll(&wait, 1, static_cast<int>(std::min(deadline, kSlice) / absl::Milliseconds(1))) <= 0) {
    if (stop) return absl::CancelledError("shutting down");
    deadline -= kSlice;
    if (deadline <= absl::ZeroDuration()) return absl::DeadlineExceededError("build");
  }
  DIAPASON_RETURN_IF_ERROR(ReadMessage(child_->read_fd(), response, std::max(deadline, kSlice)));
  return response.id() == request.id() ? absl::OkStatus()
                                       : absl::DataLossError("a response to another request");
}

absl::StatusOr<v1::BuildResponse> WorkerProcess::Build(const v1::BuildRequest& request,
                                                       absl::Duration deadline,
                                                       const std::atomic<bool>& stop) {
  DIAPASON_RETURN_IF_ERROR(EnsureStarted());
  ++builds_;
  v1::BuildResponse response;
  const absl::Status status = Exchange(request, response, deadline, stop);
  if (status.ok()) return response;

  response.Clear();
  response.set_id(request.id());
  v1::Outcome& outcome = *response.mutable_outcome();
  if (absl::IsCancelled(status)) {
    outcome = MakeOutcome(v1::OUTCOME_KIND_CANCELLED, "the builder is shutting down");
  } else if (absl::IsDeadlineExceeded(status)) {
    outcome = MakeOutcome(v1::OUTCOME_KIND_COMPILE_TIMEOUT,
                          absl::StrCat("the build took longer than ", absl::FormatDuration(deadline)));
  } else {  // it closed its pipe or broke the protocol; its exit code is known soon
    const auto ended = child_->Wait(absl::Seconds(1));
    const auto exit = ended.ok() ? ended : child_->Kill();
    outcome = exit.ok() ? OutcomeFromExit(*exit)
                        : MakeOutcome(
                              v1::OUTCOME_KIND_DEVICE_LOST,
                              absl::StrCat("the builder worker cannot be killed: ", exit.status().message()));
  }
  child_.reset();
  return response;
}

v1::Outcome WorkerProcess::OutcomeFromExit(const ChildExit& exit) {
  const std::string diagnostic = DiagnosticFromStderr();
  const std::string said = diagnostic.empty() ? "" : absl::StrCat(": ", diagnostic);
  if ((exit.exited && exit.code == kOutOfMemoryExitCode) || absl::StrContains(diagnostic, "out of memory") ||
      absl::StrContains(diagnostic, "std::bad_alloc")) {
    return MakeOutcome(
        v1::OUTCOME_KIND_OUT_OF_MEMORY,
        absl::StrCat("the build needed more memory than the limit of ", options_.memory_bytes >> 20, " MiB"));
  }
  const int signal = exit.exited ? exit.code - kSignalBase : exit.signal;
  if (signal <= 0) {
    return MakeOutcome(v1::OUTCOME_KIND_COMPILE_ERROR,
                       absl::StrCat("the builder worker exited with code ", exit.code, said));
  }
  return MakeOutcome(
      v1::OUTCOME_KIND_COMPILE_ERROR,
      absl::StrCat("the builder worker crashed with signal ", signal, " (", strsignal(signal), ")", said));
}

// Returns the most informative line of the worker's stderr: LLVM's error or an assertion, or else the
// first line.
std::string WorkerProcess::DiagnosticFromStderr() const {
  const std::string text = stderr_.Text();
  absl::string_view found;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) continue;
    const bool is_error = absl::StrContains(line, "LLVM ERROR") || absl::StrContains(line, "Assertion") ||
                          absl::StrContains(line, "bad_alloc");
    if (found.empty() || is_error) found = line;
    if (is_error) break;
  }
  return std::string(found.substr(0, kMaxDiagnosticBytes));
}

}  // namespace diapason::tuner
