// One trial of a job, step by step: built, measured, stored, learnt from. And the reference that all of a task's trials
// are checked against.
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/base/content_hash.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/target_fingerprint.h"
#include "spdlog/spdlog.h"
#include "tuner/job/job_run.h"
#include "tuner/job/trial.h"

namespace diapason::tuner {
namespace {

ArtifactRef NewArtifact(const v1::BuildResponse& response) {
  return std::make_shared<const Artifact>(Artifact{ContentHash(response.artifact()), response.artifact()});
}

}  // namespace

void JobRun::StartTrial(TrialRef trial) {
  Task& task = *tasks_[static_cast<size_t>(trial->task)];
  bool ask = false;
  {
    MutexLock lock(mu_);
    under_way_[trial->id] = trial;
    ask = !std::exchange(task.reference_asked, true);
  }
  // Builders may answer before Build returns: no lock is held.
  if (ask) AskForReference(static_cast<size_t>(trial->task));
  context_.builder.Build(NewBuildRequest(task, trial->candidate.script, v1::OPTIMIZATION_SEARCH),
                         [weak = weak_from_this(), trial](const v1::BuildResponse& response) {
                           if (const auto run = weak.lock()) run->OnBuilt(trial, response);
                         });
}

void JobRun::AskForReference(size_t task) {
  context_.builder.Build(NewBuildRequest(*tasks_[task], "", v1::OPTIMIZATION_REFERENCE),
                         [weak = weak_from_this(), task](const v1::BuildResponse& response) {
                           if (const auto run = weak.lock()) run->OnReference(task, response);
                         });
}

void JobRun::OnReference(size_t index, const v1::BuildResponse& response) {
  ArtifactRef reference = NewArtifact(response);
  MutexLock lock(mu_);
  if (Ending()) return;
  Task& task = *tasks_[index];
  if (response.outcome().kind() != v1::OUTCOME_KIND_OK) {
    return Fail(absl::InternalError(absl::StrCat("the reference of ", task.state.workload().summary(),
                                                 " does not build: ", response.outcome().message())));
  }
  task.reference = std::move(reference);
  std::vector<TrialRef> waiting;
  waiting.swap(task.without_reference);
  for (const TrialRef& trial : waiting) Measure(trial);
  if (task.final_round != nullptr && task.final_round->to_build == 0) MeasureFinal(index, task.final_round);
}

void JobRun::OnBuilt(const TrialRef& trial, const v1::BuildResponse& response) {
  trial->build = response;
  trial->build.clear_artifact();
  const v1::OutcomeKind kind = response.outcome().kind();
  if (kind == v1::OUTCOME_KIND_OK) trial->artifact = NewArtifact(response);

  MutexLock lock(mu_);
  if (!under_way_.contains(trial->id)) return;  // cancelled meanwhile
  if (kind == v1::OUTCOME_KIND_OK) {
    metrics_.AddBuild(trial->build.stages());
    Measure(trial);
  } else if (!IsAboutSchedule(kind)) {
    if (!Ending()) Fail(absl::InternalError(response.outcome().message()));
  } else {
    v1::MeasureResult result;
    result.set_trial_id(trial->id);
    *result.mutable_outcome() = response.outcome();
    unsaved_.push_back({trial, std::move(result)});  // stored by the job's thread: the builder goes on
    Changed();
  }
}

void JobRun::Measure(const TrialRef& trial) {
  Task& task = *tasks_[static_cast<size_t>(trial->task)];
  if (task.reference == nullptr) {
    task.without_reference.push_back(trial);
    return;
  }
  MeasureWork work = NewMeasureWork(task, trial->id);
  work.submission.mutable_request()->set_artifact_hash(trial->artifact->hash);
  work.artifacts.push_back(trial->artifact);
  context_.measurer.Measure(
      std::move(work), [this, trial](const v1::MeasureResult& result) { return OnResult(trial, result); });
}

absl::Status JobRun::OnResult(const TrialRef& trial, const v1::MeasureResult& result) {
  DIAPASON_RETURN_IF_ERROR(Conclude(trial, result));
  MutexLock lock(mu_);
  if (first_trial_) metrics_.AddResult(context_.clock.Monotonic() - *first_trial_, result);
  return absl::OkStatus();
}

// First the record, then everything that follows from it.
absl::Status JobRun::Conclude(const TrialRef& trial, const v1::MeasureResult& result) {
  Task& task = *tasks_[static_cast<size_t>(trial->task)];
  const v1::Outcome& outcome = result.outcome();
  bool is_new = true;
  if (outcome.kind() != v1::OUTCOME_KIND_CANCELLED) {  // nothing came of that one
    v1::Record record = NewRecord(task, trial->candidate, trial->build);
    record.set_trial_id(trial->id);
    record.set_phase(v1::TRIAL_PHASE_SEARCH);
    *record.mutable_outcome() = outcome;
    if (outcome.kind() == v1::OUTCOME_KIND_OK) *record.mutable_measurement() = result.measurement();
    record.set_device_id(result.device_id());
    if (trial->artifact != nullptr) record.set_artifact_hash(trial->artifact->hash);
    DIAPASON_RETURN_IF_ERROR(Put(record, is_new));
  }

  spdlog::debug("trial={} task={} device={} {} {:.1f} us {}", trial->id,
                task.state.workload().id().substr(0, 8), result.device_id(),
                v1::OutcomeKind_Name(outcome.kind()), result.measurement().median_us(), outcome.message());

  MutexLock lock(mu_);
  if (under_way_.erase(trial->id) == 0) return absl::OkStatus();
  Changed();
  if (!IsAboutSchedule(outcome.kind())) {
    task.state.AddTrial(trial->candidate.schedule, outcome, std::numeric_limits<double>::infinity());
    if (NoteFailure(task, outcome) && trial->attempt < options_.attempts && !Ending()) Retry(trial);
    return absl::OkStatus();
  }
  failures_in_a_row_ = 0;
  if (outcome.kind() == v1::OUTCOME_KIND_OK) task.reference_failures = 0;
  if (!is_new) return absl::OkStatus();  // counted when it was stored
  NoteProgress();
  const bool ok = outcome.kind() == v1::OUTCOME_KIND_OK;
  const double time_us = ok ? speed_.TimeUs(result.measurement()) : std::numeric_limits<double>::infinity();
  task.state.AddTrial(trial->candidate.schedule, outcome, time_us);
  task.news.push_back({trial->candidate.schedule, time_us});
  return absl::OkStatus();
}

bool JobRun::NoteFailure(Task& task, const v1::Outcome& outcome) {
  switch (SubjectOf(outcome.kind())) {
    case OutcomeSubject::kReference:
      if (++task.reference_failures >= options_.reference_failures && !task.state.stopped()) {
        task.state.Stop(
            absl::StrCat("the reference of ", task.state.workload().summary(),
                         " fails on the devices, so that no schedule can be checked: ", outcome.message()));
        spdlog::warn("job={} {}", job_.job_id, task.state.stop_reason());
      }
      return !task.state.stopped();
    case OutcomeSubject::kDevice:
      if (++failures_in_a_row_ >= options_.failures_in_a_row) {
        Fail(absl::InternalError(
            absl::StrCat("the last ", failures_in_a_row_,
                         " trials failed for reasons of the devices: ", outcome.message())));
      }
      return true;
    default:
      return true;
  }
}

absl::Status JobRun::Put(const v1::Record& record, bool& is_new) {
  const absl::Status status = context_.store.PutRecord(record);
  is_new = status.ok();
  return NoteWrite(absl::IsAlreadyExists(status) ? absl::OkStatus() : status);
}

absl::Status JobRun::NoteWrite(const absl::Status& status) {
  MutexLock lock(mu_);
  if (status.ok()) {
    log_fails_since_.reset();
    log_trouble_.clear();
    return status;
  }
  log_trouble_ = std::string(status.message());
  const absl::Duration now = context_.clock.Monotonic();
  if (!log_fails_since_) log_fails_since_ = now;
  if (!absl::IsUnavailable(status) || now - *log_fails_since_ > options_.patience_with_log) {
    Fail(WithContext(status, "the log cannot be written"));
  }
  return status;
}

// The same artifact again, under a new name: the tracker chooses another device where it can.
void JobRun::Retry(const TrialRef& trial) {
  auto again = std::make_shared<Trial>(*trial);
  ++again->attempt;
  again->id = SearchTrialId(job_.job_id, again->task, again->candidate.schedule, again->attempt);
  under_way_[again->id] = again;
  Measure(again);
}

// ---- messages

v1::BuildRequest JobRun::NewBuildRequest(const Task& task, absl::string_view script,
                                         v1::Optimization optimization) const {
  v1::BuildRequest request;
  request.set_workload_text(task.state.workload().text());
  request.set_script(std::string(script));
  *request.mutable_target() = job_.request.target();
  request.set_optimization(optimization);
  return request;
}

v1::Record JobRun::NewRecord(const Task& task, const Candidate& candidate,
                             const v1::BuildResponse& build) const {
  const v1::Target& target = job_.request.target();
  v1::Record record;
  record.set_job_id(job_.job_id);
  record.set_task_id(TaskId(task.state.workload().id(), target));
  record.set_workload_id(task.state.workload().id());
  record.set_target_fingerprint(TargetFingerprint(target));
  *record.mutable_target() = target;
  *record.mutable_schedule() = candidate.schedule;
  record.mutable_feature_row()->Assign(candidate.feature_row.begin(), candidate.feature_row.end());
  record.set_feature_schema(candidate.feature_schema);
  record.set_compiler_version(context_.compiler_version);
  record.set_protocol_version(kMeasureProtocolVersion);
  record.set_created_unix_us(absl::ToUnixMicros(context_.clock.Now()));
  *record.mutable_build_stages() = build.stages();
  return record;
}

// All but the artifacts that are compared.
MeasureWork JobRun::NewMeasureWork(const Task& task, absl::string_view trial_id) const {
  MeasureWork work;
  work.artifacts.push_back(task.reference);
  *work.submission.mutable_selector() = selector_;
  work.submission.set_priority(job_.request.priority());
  v1::MeasureRequest& measure = *work.submission.mutable_request();
  measure.set_trial_id(std::string(trial_id));
  measure.set_reference_hash(task.reference->hash);
  *measure.mutable_arguments() = task.state.workload().arguments();
  v1::MeasureOptions& options = *measure.mutable_options();
  options.set_protocol_version(kMeasureProtocolVersion);
  options.set_kernel_abi_version(kKernelAbiVersion);
  options.set_threads(1);
  options.set_max_relative_error(options_.max_relative_error);
  options.set_relative_width(options_.search_width);
  options.set_budget_us(absl::ToInt64Microseconds(options_.search_budget));
  options.set_timeout_us(absl::ToInt64Microseconds(TrialTimeout(task)));
  options.set_memory_bytes(options_.memory_bytes);
  return work;
}

}  // namespace diapason::tuner
