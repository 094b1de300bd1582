// The end of a task: its best schedules and its default, built at full optimisation, measured interleaved on one
// device; the winner is marked, or that nothing is significantly faster than the default.
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/support/content_hash.h"
#include "proto/support/status_macros.h"
#include "proto/support/target_fingerprint.h"
#include "spdlog/spdlog.h"
#include "tuner/job/job_run.h"
#include "tuner/job/trial.h"

namespace diapason::tuner {

// On the job's thread; again with fewer rivals where a comparison failed.
void JobRun::StartFinal(size_t index, int rivals) {
  Task& task = *tasks_[index];
  auto round = std::make_shared<FinalRound>();
  std::vector<v1::Schedule> schedules;
  {
    MutexLock lock(mu_);
    if (Ending()) return;
    schedules = task.state.BestSchedules(rivals);
    round->has_default = task.state.default_works();
    if (round->has_default) schedules.insert(schedules.begin(), task.state.default_schedule());
  }
  for (const v1::Schedule& schedule : schedules) {
    auto candidate = task.search->Make(schedule);
    // Earlier jobs may have used sketches that this one does not know.
    if (candidate.ok()) round->finalists.push_back({*std::move(candidate), {}, nullptr});
  }
  if (round->finalists.empty()) return;  // nothing ever worked
  round->to_build = round->finalists.size();
  bool ask = false;
  {
    MutexLock lock(mu_);
    round->attempt = ++task.final_attempts;
    round->trial_id = FinalTrialId(job_.job_id, static_cast<int>(index), round->attempt);
    task.final_round = round;
    ++finals_open_;
    ask = !std::exchange(task.reference_asked, true);
  }
  if (ask) AskForReference(index);
  for (size_t i = 0, count = round->finalists.size(); i < count; ++i) {
    context_.builder.Build(NewBuildRequest(task, round->finalists[i].candidate.script, v1::OPTIMIZATION_FULL),
                           [weak = weak_from_this(), index, round, i](const v1::BuildResponse& response) {
                             if (const auto run = weak.lock()) run->OnFinalBuilt(index, round, i, response);
                           });
  }
}

void JobRun::OnFinalBuilt(size_t index, const std::shared_ptr<FinalRound>& round, size_t candidate,
                          const v1::BuildResponse& response) {
  MutexLock lock(mu_);
  Task& task = *tasks_[index];
  if (task.final_round != round) return;  // the job has ended
  Finalist& finalist = round->finalists[candidate];
  finalist.build = response;
  finalist.build.clear_artifact();
  if (response.outcome().kind() == v1::OUTCOME_KIND_OK) {
    finalist.artifact =
        std::make_shared<const Artifact>(Artifact{ContentHash(response.artifact()), response.artifact()});
  }
  if (--round->to_build > 0) return;
  if (!KeepBuilt(*round)) return EndFinal(task);
  if (task.reference != nullptr) MeasureFinal(index, round);
}

void JobRun::MeasureFinal(size_t index, const std::shared_ptr<FinalRound>& round) {
  const Task& task = *tasks_[index];
  MeasureWork work = NewMeasureWork(task, round->trial_id);
  v1::MeasureTask& measure = *work.submission.mutable_task();
  for (size_t i = 0; i < round->finalists.size(); ++i) {
    const ArtifactRef& artifact = round->finalists[i].artifact;
    if (i == 0) {
      measure.set_artifact_hash(artifact->hash);
    } else {
      measure.add_rival_hashes(artifact->hash);
    }
    work.artifacts.push_back(artifact);
  }
  const auto count = static_cast<int>(round->finalists.size());
  measure.mutable_options()->set_budget_us(absl::ToInt64Microseconds(options_.final_budget * count));
  measure.mutable_options()->set_relative_width(options_.final_width);
  measure.mutable_options()->set_timeout_us(count * measure.options().timeout_us());
  context_.measurer.Measure(std::move(work), [this, index, round](const v1::MeasureResult& result) {
    return OnFinalResult(index, round, result);
  });
}

absl::Status JobRun::OnFinalResult(size_t index, const std::shared_ptr<FinalRound>& round,
                                   const v1::MeasureResult& result) {
  const bool complete = result.outcome().kind() == v1::OUTCOME_KIND_OK &&
                        result.rivals_size() + 1 == static_cast<int>(round->finalists.size());
  Judgement judgement;
  if (complete) {
    judgement = Judge(*round, result, options_);
    DIAPASON_RETURN_IF_ERROR(StoreFinal(index, *round, result, judgement));
  }
  spdlog::info("trial={} task={} compared {} schedules on {}: {}", round->trial_id,
               tasks_[index]->state.workload().id().substr(0, 8), round->finalists.size(), result.device_id(),
               v1::OutcomeKind_Name(result.outcome().kind()));
  MutexLock lock(mu_);
  if (first_trial_) metrics_.AddResult(context_.clock.Monotonic() - *first_trial_, result);
  Task& task = *tasks_[index];
  if (task.final_round != round) return absl::OkStatus();
  if (complete) {
    // The pairs say how much faster; two medians would say it less exactly.
    const double default_us = round->has_default ? result.measurement().median_us() : 0;
    const double tuned_us = round->has_default ? default_us / judgement.speed_up
                                               : MeasurementOf(result, judgement.winner).median_us();
    task.state.SetFinal(judgement.verdict, round->finalists[judgement.winner].candidate.schedule, default_us,
                        tuned_us);
  } else if (round->attempt < options_.attempts && !Ending()) {
    // One of them spoils the comparison, or the device did: once more, without the last.
    failed_finals_.push_back({index, static_cast<int>(round->finalists.size()) - 2});
  }
  EndFinal(task);
  return absl::OkStatus();
}

absl::Status JobRun::StoreFinal(size_t index, const FinalRound& round, const v1::MeasureResult& result,
                                const Judgement& judgement) {
  const Task& task = *tasks_[index];
  bool is_new = true;
  for (size_t i = 0; i < round.finalists.size(); ++i) {
    const Finalist& finalist = round.finalists[i];
    v1::Record record = NewRecord(task, finalist.candidate, finalist.build);
    record.set_trial_id(FinalRecordId(round.trial_id, static_cast<int>(i)));
    record.set_phase(v1::TRIAL_PHASE_FINAL);
    *record.mutable_outcome() = result.outcome();
    *record.mutable_measurement() = MeasurementOf(result, i);
    record.set_device_id(result.device_id());
    record.set_artifact_hash(finalist.artifact->hash);
    DIAPASON_RETURN_IF_ERROR(Put(record, is_new));
  }
  db::Winner winner;
  winner.trial_id = FinalRecordId(round.trial_id, static_cast<int>(judgement.winner));
  if (round.has_default) winner.default_trial_id = FinalRecordId(round.trial_id, 0);
  winner.verdict = judgement.verdict;
  winner.speed_up = judgement.speed_up;
  return context_.store.PutWinner(task.state.workload().id(), TargetFingerprint(job_.request.target()),
                                  winner);
}

void JobRun::EndFinal(Task& task) {
  task.final_round = nullptr;
  --finals_open_;
  Changed();
}

}  // namespace diapason::tuner
