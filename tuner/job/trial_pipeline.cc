#include "tuner/job/trial_pipeline.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "spdlog/spdlog.h"
#include "tuner/job/trial.h"
#include "tuner/job/trial_messages.h"

namespace diapason::tuner {

void TrialPipeline::SetSpeedReference(const SpeedReference& speed) {
  MutexLock lock(mu_);
  speed_ = speed;
}

void TrialPipeline::Start(JobTask& task, Candidate candidate, int attempt) {
  auto trial = std::make_shared<Trial>(Trial{.task = task, .attempt = attempt});
  trial->id = SearchTrialId(context_.job.job_id, task.index, candidate.schedule, attempt);
  trial->candidate = std::move(candidate);
  {
    MutexLock lock(mu_);
    in_flight_[trial->id] = trial;
  }
  references_.Request(task);  // before the first candidate is built, because all trials wait for it
  // No lock is held here, because the builder may answer before Build returns.
  context_.dependencies.builder.Build(
      NewBuildRequest(context_, task, trial->candidate.script, v1::OPTIMIZATION_SEARCH),
      gate_.Wrap([this, trial](const v1::BuildResponse& response) { OnBuilt(trial, response); }));
}

int TrialPipeline::in_flight() const {
  MutexLock lock(mu_);
  return static_cast<int>(in_flight_.size());
}

void TrialPipeline::OnBuilt(const TrialRef& trial, const v1::BuildResponse& response) {
  const v1::Outcome& outcome = response.outcome();
  trial->build = WithoutArtifact(response);
  trial->candidate.script.clear();  // large, and not needed any more
  if (IsOk(outcome)) {
    trial->artifact = NewArtifact(response);
    context_.metrics.AddBuild(response.stages());
    references_.Use(trial->task, gate_.Wrap([this, trial](const ArtifactRef& reference) {
      MutexLock lock(mu_);
      trial->reference = reference;
      if (in_flight_.contains(trial->id)) Measure(trial);
    }));
  } else if (!IsAboutSchedule(outcome.kind())) {
    if (!context_.signal.ending()) context_.signal.Fail(absl::InternalError(outcome.message()));
  } else {
    MutexLock lock(mu_);
    if (!in_flight_.contains(trial->id)) return;
    v1::MeasureResult result;
    result.set_trial_id(trial->id);
    *result.mutable_outcome() = outcome;
    failed_builds_.push_back({trial, std::move(result)});
    context_.signal.Changed();
  }
}

void TrialPipeline::Measure(const TrialRef& trial) {
  MeasureWork work = NewMeasureWork(context_, trial->task, trial->id, trial->reference);
  v1::MeasureRequest& request = *work.submission.mutable_request();
  request.set_artifact_hash(trial->artifact->hash);
  request.mutable_options()->set_best_us(trial->task.state.best_us());
  work.artifacts.push_back(trial->artifact);
  context_.dependencies.measurer.Measure(
      std::move(work),
      gate_.Wrap([this, trial](const v1::MeasureResult& result) { return OnResult(trial, result); }));
}

absl::Status TrialPipeline::OnResult(const TrialRef& trial, const v1::MeasureResult& result) {
  DIAPASON_RETURN_IF_ERROR(Conclude(trial, result));
  if (const auto at = context_.budget.SinceFirstTrial()) context_.metrics.AddResult(*at, result);
  return absl::OkStatus();
}

absl::Status TrialPipeline::Conclude(const TrialRef& trial, const v1::MeasureResult& result) {
  const v1::Outcome& outcome = result.outcome();
  JobTask& task = trial->task;
  bool is_new = true;
  DIAPASON_RETURN_IF_ERROR(PutRecord(*trial, result, is_new));
  spdlog::debug("trial={} task={} device={} {} {:.1f} us {}", trial->id,
                task.state.workload().id().substr(0, 8), result.device_id(),
                v1::OutcomeKind_Name(outcome.kind()), CallTimeUs(result.measurement()), outcome.message());

  MutexLock lock(mu_);
  if (in_flight_.erase(trial->id) == 0) return absl::OkStatus();  // the trial was dropped meanwhile
  context_.signal.Changed();
  double time_us = std::numeric_limits<double>::infinity();
  if (!IsAboutSchedule(outcome.kind())) {
    task.state.AddTrial(trial->candidate.schedule, outcome, time_us);
    if (CountFailure(*trial, outcome) && trial->attempt < context_.config.attempts &&
        !context_.signal.ending()) {
      Retry(trial);
    }
    return absl::OkStatus();
  }
  device_failures_ = 0;
  if (IsOk(outcome)) reference_failures_[task.index] = 0;
  if (!is_new) return absl::OkStatus();  // it was counted when it was stored
  context_.log.RecordProgress();
  if (IsOk(outcome)) time_us = speed_.TimeUs(result.measurement());
  const auto& units = result.measurement().stage_units();
  task.state.AddTrial(trial->candidate.schedule, outcome, time_us, {units.begin(), units.end()});
  observations_[task.index].push_back({trial->candidate.config, trial->candidate.feature_row, time_us});
  return absl::OkStatus();
}

absl::Status TrialPipeline::PutRecord(const Trial& trial, const v1::MeasureResult& result, bool& is_new) {
  const v1::Outcome& outcome = result.outcome();
  if (SubjectOf(outcome.kind()) == OutcomeSubject::kNothing) return absl::OkStatus();
  v1::Record record = NewRecord(context_, trial.task, trial.candidate, trial.attempt, trial.build);
  record.set_trial_id(trial.id);
  record.set_phase(v1::TRIAL_PHASE_SEARCH);
  *record.mutable_outcome() = outcome;
  if (IsOk(outcome)) *record.mutable_measurement() = result.measurement();
  record.set_device_id(result.device_id());
  if (trial.artifact != nullptr) record.set_artifact_hash(trial.artifact->hash);
  return context_.log.PutRecord(record, is_new);
}

bool TrialPipeline::CountFailure(const Trial& trial, const v1::Outcome& outcome) {
  JobTask& task = trial.task;
  switch (SubjectOf(outcome.kind())) {
    case OutcomeSubject::kReference:
      if (++reference_failures_[task.index] >= context_.config.reference_failures && !task.state.stopped()) {
        const std::string reason = absl::StrCat(
            "the reference of ", task.state.workload().summary(),
            " fails on the devices, so no schedule of this task can be checked: ", outcome.message());
        task.state.Stop(reason);
        spdlog::warn("job={} {}", context_.job.job_id, reason);
      }
      return !task.state.stopped();
    case OutcomeSubject::kDevice:
      if (++device_failures_ >= context_.config.failures_in_a_row) {
        context_.signal.Fail(absl::InternalError(absl::StrCat(
            "the last ", device_failures_,
            " trials failed because of the devices, not of their schedules: ", outcome.message())));
      }
      return true;
    default:
      return true;
  }
}

// Measures the same artifact again under a new id. The tracker chooses another device if it can.
void TrialPipeline::Retry(const TrialRef& trial) {
  auto again = std::make_shared<Trial>(*trial);
  ++again->attempt;
  again->id =
      SearchTrialId(context_.job.job_id, again->task.index, again->candidate.schedule, again->attempt);
  in_flight_[again->id] = again;
  Measure(again);
}

void TrialPipeline::StoreFailedBuilds() {
  while (true) {
    std::pair<TrialRef, v1::MeasureResult> next;
    {
      MutexLock lock(mu_);
      if (failed_builds_.empty()) return;
      next = failed_builds_.front();
    }
    if (!Conclude(next.first, next.second).ok()) return;
    MutexLock lock(mu_);
    failed_builds_.pop_front();
  }
}

std::vector<Observation> TrialPipeline::TakeObservations(const JobTask& task) {
  MutexLock lock(mu_);
  return std::exchange(observations_[task.index], {});
}

void TrialPipeline::Close() {
  std::vector<std::string> ids;
  {
    MutexLock lock(mu_);
    for (const auto& [id, trial] : in_flight_) ids.push_back(id);
    in_flight_.clear();
    failed_builds_.clear();
    context_.signal.Changed();
  }
  context_.dependencies.measurer.Cancel(ids);
  gate_.Close();
}

}  // namespace diapason::tuner
