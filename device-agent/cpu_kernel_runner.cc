#include "device-agent/cpu_kernel_runner.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "device-agent/runner/confinement.h"
#include "proto/base/content_hash.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/protocol_version.h"
#include "proto/domain/trial_deadlines.h"
#include "proto/processes/child_process.h"
#include "proto/processes/message_pipe.h"
#include "proto/processes/runner_requests.h"

namespace diapason::device_agent {
namespace {

constexpr absl::Duration kReapTimeout = absl::Seconds(1);
constexpr absl::Duration kForgetReference = absl::Minutes(10);  // then a failed reference is tried again
constexpr int kShellSignalBase = 128;                           // bubblewrap reports signals like a shell

// Returns what the end of a child that sent no answer says about the candidate.
v1::Outcome OutcomeFromExit(const v1::RunEnd& end, const std::string& log) {
  const int signal_number = !end.exited()                   ? end.signal()
                            : end.code() > kShellSignalBase ? end.code() - kShellSignalBase
                                                            : 0;
  if (end.exited() && end.code() == kExitOutOfMemory) {
    return MakeOutcome(v1::OUTCOME_KIND_OUT_OF_MEMORY, "the kernel exhausted its memory");
  }
  switch (signal_number) {
    case 0:
      return MakeOutcome(v1::OUTCOME_KIND_RUN_ERROR,
                         absl::StrCat("the runner ended with exit code ", end.code(),
                                      " and without an answer", log.empty() ? "" : ": ", log));
    case SIGKILL:
      return MakeOutcome(v1::OUTCOME_KIND_OUT_OF_MEMORY,
                         "the system killed the runner because it had no more memory");
    case SIGXCPU:
      return MakeOutcome(v1::OUTCOME_KIND_RUN_TIMEOUT, "the kernel used up its CPU time");
    default:
      return MakeOutcome(v1::OUTCOME_KIND_CRASHED,
                         absl::StrCat("the kernel crashed with signal ", signal_number, " (",
                                      strsignal(signal_number), ")"));
  }
}

// Returns a key for what the reference computes. It is the same for all candidates of a workload.
std::string ReferenceKey(const v1::MeasureRequest& request) {
  std::string text = absl::StrCat(request.reference_hash(), ";", kMeasureProtocolVersion);
  for (const v1::Argument& argument : request.arguments())
    absl::StrAppend(&text, ";", argument.ShortDebugString());
  return ContentHash(text);
}

}  // namespace

v1::MeasureResult CpuKernelRunner::Run(const v1::MeasureRequest& request, const TrialFiles& files) {
  {
    MutexLock lock(mu_);
    trial_id_ = request.trial_id();
    cancelled_ = false;
  }
  const absl::Duration begin = clock_.Monotonic();
  v1::RunResponse response = MeasureInChild(request, files);
  const double busy_us = absl::ToDoubleMicroseconds(clock_.Monotonic() - begin);
  {
    MutexLock lock(mu_);
    trial_id_.clear();
    if (cancelled_) *response.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_CANCELLED);
  }
  v1::MeasureResult result;
  result.set_trial_id(request.trial_id());
  *result.mutable_outcome() = response.outcome();
  result.set_busy_us(busy_us);
  if (!IsOk(response.outcome())) return result;
  *result.mutable_measurement() = std::move(*response.mutable_measurement());
  result.mutable_measurement()->set_busy_us(busy_us);
  *result.mutable_rivals() = std::move(*response.mutable_rivals());
  return result;
}

void CpuKernelRunner::Cancel(absl::string_view trial_id) {
  MutexLock lock(mu_);
  if (trial_id_ != trial_id) return;
  cancelled_ = true;
  if (child_ > 0) kill(-child_, SIGKILL);
}

v1::RunResponse CpuKernelRunner::MeasureInChild(const v1::MeasureRequest& request, const TrialFiles& files) {
  v1::RunResponse response;
  if (request.options().protocol_version() != kMeasureProtocolVersion) {
    *response.mutable_outcome() =
        MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST,
                    absl::StrCat("this agent measures by protocol version ", kMeasureProtocolVersion,
                                 ", the request by ", request.options().protocol_version(),
                                 "; install the same release of the agent and the tuner-server"));
    return response;
  }
  v1::RunRequest run;
  *response.mutable_outcome() = FindReference(request, files.reference, *run.mutable_reference_output_path());
  if (!IsOk(response.outcome())) return response;
  *run.mutable_request() = request;
  run.set_artifact_path(files.artifact);
  for (const std::string& path : files.rivals) run.add_rival_paths(path);
  return RunChild(std::move(run), RunTimeout(request.options()));
}

v1::Outcome CpuKernelRunner::FindReference(const v1::MeasureRequest& request, const std::string& reference,
                                           std::string& path) {
  const std::string key = ReferenceKey(request);
  path = references_.Find(key);
  if (!path.empty()) return MakeOutcome(v1::OUTCOME_KIND_OK);
  const absl::Duration now = clock_.Monotonic();
  std::erase_if(failed_references_, [now](const auto& entry) { return entry.second.until <= now; });
  const auto failed = failed_references_.find(key);
  if (failed != failed_references_.end()) return failed->second.outcome;
  v1::RunRequest run;
  run.set_make_reference(true);
  run.set_artifact_path(reference);
  *run.mutable_request() = request;
  run.mutable_request()->mutable_options()->set_timeout_us(absl::ToInt64Microseconds(kReferenceTimeout));
  const v1::RunResponse response = RunChild(std::move(run), kReferenceTimeout);
  if (!IsOk(response.outcome())) {
    const v1::Outcome outcome = WithContext(response.outcome(), "while running the reference");
    // If the kernel of the reference failed, the reference is to blame. If the device failed, the outcome
    // stays the device's.
    if (!IsAboutSchedule(outcome.kind()) || WasCancelled()) return outcome;
    const v1::Outcome failure = MakeOutcome(v1::OUTCOME_KIND_REFERENCE_FAILED, outcome.message());
    failed_references_[key] = {failure, clock_.Monotonic() + kForgetReference};
    return failure;
  }
  absl::StatusOr<std::string> stored = references_.Put(key, response.reference_output().SerializeAsString());
  if (!stored.ok()) return MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST, stored.status().message());
  path = *std::move(stored);
  return response.outcome();
}

absl::Status CpuKernelRunner::Send(const v1::RunRequest& run, v1::RunResponse& response) {
  if (child_process_ == nullptr) {
    ChildOptions options;
    options.argv = sandbox_.command();
    options.stderr_path = options_.log_path;
    DIAPASON_ASSIGN_OR_RETURN(child_process_, ChildProcess::Start(options));
  }
  SetChild(child_process_->pid());
  return StartRequest(*child_process_, run, response);
}

v1::RunResponse CpuKernelRunner::RunChild(v1::RunRequest run, absl::Duration timeout) {
  run.set_sandbox(sandbox_.form());
  run.set_emulated(options_.emulated);
  run.set_cpu(options_.cpu);
  truncate(options_.log_path.c_str(), 0);  // so that it only holds what this request causes
  const bool is_new = child_process_ == nullptr;
  v1::RunResponse response;
  absl::Status status = Send(run, response);
  // A child from an earlier request may have been killed meanwhile, for example for its memory.
  if (!status.ok() && !is_new && !WasCancelled()) {
    SetChild(-1);
    EndChild(/*wait=*/false).IgnoreError();
    status = Send(run, response);
  }
  const bool started = status.ok();
  if (started && !response.has_outcome()) {
    status = ReadMessage(child_process_->read_fd(), response, timeout);
  }
  SetChild(-1);
  if (status.ok() && response.has_end()) {
    *response.mutable_outcome() = OutcomeFromExit(response.end(), DiagnosticFromStderr());
  } else if (!status.ok()) {
    *response.mutable_outcome() = OutcomeWithoutAnswer(status, started, timeout);
  }
  return response;
}

v1::Outcome CpuKernelRunner::OutcomeWithoutAnswer(const absl::Status& status, bool started,
                                                  absl::Duration timeout) {
  if (child_process_ == nullptr) return MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST, status.message());
  // A child that ran out of time is killed. A child that closed its pipe is about to end.
  const absl::StatusOr<ChildExit> exit = EndChild(/*wait=*/!absl::IsDeadlineExceeded(status));
  if (!exit.ok()) {
    return MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST,
                       absl::StrCat("the runner cannot be ended: ", exit.status().message()));
  }
  if (!started) {
    const std::string diagnostic = DiagnosticFromStderr();
    return MakeOutcome(
        v1::OUTCOME_KIND_DEVICE_LOST,
        absl::StrCat("the runner did not start: ", diagnostic.empty() ? status.message() : diagnostic));
  }
  if (absl::IsDeadlineExceeded(status)) {
    return MakeOutcome(v1::OUTCOME_KIND_RUN_TIMEOUT,
                       absl::StrCat("no result within ", absl::FormatDuration(timeout), " (run deadline)"));
  }
  v1::RunEnd end;
  end.set_exited(exit->exited);
  end.set_code(exit->code);
  end.set_signal(exit->signal);
  return OutcomeFromExit(end, DiagnosticFromStderr());
}

absl::StatusOr<ChildExit> CpuKernelRunner::EndChild(bool wait) {
  absl::StatusOr<ChildExit> exit = absl::DeadlineExceededError("nobody has waited for the child yet");
  if (wait) exit = child_process_->Wait(kReapTimeout);
  if (!exit.ok()) exit = child_process_->Kill();
  std::unique_ptr<ChildProcess> child = std::move(child_process_);
  if (exit.ok()) return exit;
  MutexLock lock(mu_);
  stuck_.push_back(std::move(child));
  return exit;
}

v1::Outcome CpuKernelRunner::CheckHealth() {
  {
    MutexLock lock(mu_);
    trial_id_.clear();
    cancelled_ = false;
  }
  const v1::Outcome outcome = RunChild(HealthRequest(), kRunnerCheckTimeout).outcome();
  // A health check runs no candidate, so every failure is the device's.
  if (IsAboutSchedule(outcome.kind()) && !IsOk(outcome))
    return MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST, outcome.message());
  return outcome;
}

std::optional<v1::MachineSpeed> CpuKernelRunner::MeasureSpeed() {
  if (options_.emulated) return std::nullopt;
  const v1::RunResponse response = RunChild(SpeedRequest(), kRunnerCheckTimeout);
  if (!response.has_speed()) return std::nullopt;
  return response.speed();
}

std::string CpuKernelRunner::Unfit() {
  MutexLock lock(mu_);
  std::erase_if(stuck_, [](const auto& child) { return child->Wait(absl::ZeroDuration()).ok(); });
  if (stuck_.empty()) return "";
  return absl::StrCat(stuck_.size(), " runner processes cannot be ended; the first one is process ",
                      stuck_.front()->pid(),
                      ". A disk or a driver may hang: check it, or restart the machine");
}

bool CpuKernelRunner::WasCancelled() {
  MutexLock lock(mu_);
  return cancelled_;
}

void CpuKernelRunner::SetChild(pid_t pid) {
  MutexLock lock(mu_);
  child_ = pid;
  if (pid > 0 && cancelled_) kill(-pid, SIGKILL);
}

std::string CpuKernelRunner::DiagnosticFromStderr() const {
  std::ifstream file(options_.log_path);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace diapason::device_agent
