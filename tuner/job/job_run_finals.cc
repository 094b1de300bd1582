// The end of a task: its best schedules and its default, built at full optimisation, measured interleaved on one
// device; the winner is marked, or that nothing is significantly faster than the default.
#include <algorithm>
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

absl::StatusOr<std::optional<Incumbent>> JobRun::FindIncumbent(const Task& task) const {
  const auto decision =
      context_.store.GetDecision(task.state.workload().id(), TargetFingerprint(job_.request.target()));
  if (absl::IsNotFound(decision.status())) return std::nullopt;
  DIAPASON_RETURN_IF_ERROR(decision.status());
  const bool is_default = decision->verdict() != v1::VERDICT_FASTER && !decision->default_trial_id().empty();
  db::RecordQuery query;
  query.trial_id = is_default ? decision->default_trial_id() : decision->trial_id();
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::Record> records, context_.store.FindRecords(query));
  if (records.empty()) return std::nullopt;
  return Incumbent{decision->trial_id(), records.front().schedule()};
}

// On the job's thread; again with fewer finalists where a comparison failed.
void JobRun::StartFinal(const FinalAgain& final) {
  const size_t index = final.task;
  Task& task = *tasks_[index];
  FinalistChoice choice;
  choice.places = final.places;
  {
    MutexLock lock(mu_);
    if (Ending()) return;
    choice.rivals = task.state.BestSchedules();
    if (task.state.default_works()) choice.default_schedule = task.state.default_schedule();
  }
  auto incumbent = FindIncumbent(task);
  if (incumbent.ok())
    choice.incumbent = *std::move(incumbent);  // else the log compares what it can (decision_rule.h)
  const std::string incumbent_trial_id = choice.incumbent ? choice.incumbent->trial_id : "";
  if (final.without_incumbent && choice.incumbent) {
    std::erase_if(choice.rivals, [key = ScheduleKey(choice.incumbent->schedule)](const v1::Schedule& rival) {
      return ScheduleKey(rival) == key;
    });
    choice.incumbent.reset();
  }
  auto round = std::make_shared<FinalRound>(
      ChooseFinalists(choice, [&task](const v1::Schedule& schedule) { return task.search->Make(schedule); }));
  round->incumbent_trial_id = incumbent_trial_id;
  round->incumbent_failed = final.incumbent_failed;
  if (round->finalists.empty()) return;  // nothing ever worked
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
  v1::MeasureRequest& measure = *work.submission.mutable_request();
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
    NoteProgress();
    // The pairs say how much faster; two medians would say it less exactly.
    const double default_us = round->has_default ? result.measurement().median_us() : 0;
    const double tuned_us = round->has_default ? default_us / judgement.speed_up
                                               : MeasurementOf(result, judgement.winner).median_us();
    task.state.SetFinal(judgement.verdict, round->finalists[judgement.winner].candidate.schedule, default_us,
                        tuned_us);
  } else if (round->attempt < options_.attempts && !Ending()) {
    // One of them spoils the comparison, or the device did.
    failed_finals_.push_back(SmallerFinal(index, *round, result.outcome()));
  }
  EndFinal(task);
  return absl::OkStatus();
}

// A comparison that failed is tried again without its last rival; the last attempt is without the incumbent, since a
// schedule that worked once may not work with today's compiler, and must not stand in the way of others for ever.
JobRun::FinalAgain JobRun::SmallerFinal(size_t task, const FinalRound& round,
                                        const v1::Outcome& outcome) const {
  FinalAgain again;
  again.task = task;
  const bool fixed_incumbent = round.incumbent && (*round.incumbent != 0 || !round.has_default);
  again.places =
      static_cast<int>(round.finalists.size()) - (round.has_default ? 1 : 0) - (fixed_incumbent ? 1 : 0) - 1;
  if (fixed_incumbent && round.attempt + 1 >= options_.attempts) {
    again.without_incumbent = true;
    again.places = std::max(again.places, 1);
    again.incumbent_failed = SubjectOf(outcome.kind()) == OutcomeSubject::kSchedule;
  }
  return again;
}

// The records of a comparison and what it decided are stored together.
absl::Status JobRun::StoreFinal(size_t index, const FinalRound& round, const v1::MeasureResult& result,
                                const Judgement& judgement) {
  const Task& task = *tasks_[index];
  std::vector<v1::LogEntry> entries;
  for (size_t i = 0; i < round.finalists.size(); ++i) {
    const Finalist& finalist = round.finalists[i];
    v1::Record record = NewRecord(task, finalist.candidate, finalist.build);
    record.set_trial_id(FinalRecordId(round.trial_id, static_cast<int>(i)));
    record.set_phase(v1::TRIAL_PHASE_FINAL);
    *record.mutable_outcome() = result.outcome();
    *record.mutable_measurement() = MeasurementOf(result, i);
    record.set_device_id(result.device_id());
    record.set_artifact_hash(finalist.artifact->hash);
    *entries.emplace_back().mutable_record() = std::move(record);
  }
  v1::Decision& decision = *entries.emplace_back().mutable_decision();
  decision = DecisionOf(round, judgement);
  decision.set_workload_id(task.state.workload().id());
  decision.set_target_fingerprint(TargetFingerprint(job_.request.target()));
  return NoteWrite(context_.store.PutEntries(entries).status());
}

void JobRun::EndFinal(Task& task) {
  task.final_round = nullptr;
  --finals_open_;
  Changed();
}

}  // namespace diapason::tuner
