#include "tuner/job/final_comparison.h"

#include <algorithm>
#include <string>
#include <utility>

#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/record_time.h"
#include "proto/domain/schedule_hash.h"
#include "spdlog/spdlog.h"
#include "tuner/job/trial.h"
#include "tuner/job/trial_messages.h"

namespace diapason::tuner {
namespace {

// The key of the task on the threads of a comparison. The search's own key is for one thread.
TaskKey KeyOn(const JobTask& task, int threads) {
  TaskKey key = task.state.key();
  key.threads = threads;
  return key;
}

}  // namespace

void FinalComparison::Start(JobTask& task, int threads) {
  const JobConfig& config = context_.config;
  const int more = threads == config.threads ? 0 : config.expected_finalists;
  Begin({.task = task, .threads = threads, .rival_count = config.finalists + more});
}

void FinalComparison::RestartFailed() {
  std::vector<Plan> again;
  {
    MutexLock lock(mu_);
    again.swap(failed_);
  }
  for (const Plan& plan : again) Begin(plan);
}

bool FinalComparison::IsOver() const {
  MutexLock lock(mu_);
  return rounds_.empty() && failed_.empty();
}

absl::StatusOr<std::optional<Incumbent>> FinalComparison::FindIncumbent(const TaskKey& key) const {
  const db::RecordStore& store = context_.dependencies.store;
  const auto decision = store.GetDecision(key);
  if (absl::IsNotFound(decision.status())) return std::nullopt;
  DIAPASON_RETURN_IF_ERROR(decision.status());
  const bool is_default = decision->verdict() != v1::VERDICT_FASTER && !decision->default_trial_id().empty();
  db::RecordQuery query;
  query.trial_id = is_default ? decision->default_trial_id() : decision->trial_id();
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::Record> records, store.FindRecords(query));
  if (records.empty()) return std::nullopt;
  return Incumbent{decision->trial_id(), records.front().schedule()};
}

FinalComparison::RoundRef FinalComparison::MakeRound(const Plan& plan) const {
  const JobTask& task = plan.task;
  FinalistChoice choice;
  choice.rival_count = plan.rival_count;
  choice.rivals = task.state.BestSchedules(plan.threads);
  // They come last, because a failed comparison is started again without its last rivals.
  const int finalists = context_.config.finalists;
  if (plan.rival_count > finalists) {
    const std::vector<v1::Schedule> expected =
        task.search->ExpectedBest(plan.threads, plan.rival_count - finalists);
    choice.rivals.insert(choice.rivals.begin() + std::min<ptrdiff_t>(std::ssize(choice.rivals), finalists),
                         expected.begin(), expected.end());
  }
  if (task.state.default_works()) choice.default_schedule = task.state.default_schedule();
  auto incumbent = FindIncumbent(KeyOn(task, plan.threads));
  // If the log cannot be read now, the comparison has no incumbent. The log then decides by itself whether
  // the new decision replaces the earlier one (decision_rule.h).
  if (incumbent.ok()) choice.incumbent = *std::move(incumbent);
  const std::string incumbent_trial_id = choice.incumbent ? choice.incumbent->trial_id : "";
  if (plan.without_incumbent && choice.incumbent) {
    std::erase_if(choice.rivals, [hash = ScheduleHash(choice.incumbent->schedule)](
                                     const v1::Schedule& rival) { return ScheduleHash(rival) == hash; });
    choice.incumbent.reset();
  }
  auto round = std::make_shared<FinalRound>(
      ChooseFinalists(choice, [&task](const v1::Schedule& schedule) { return task.search->Make(schedule); }));
  round->threads = plan.threads;
  round->incumbent_trial_id = incumbent_trial_id;
  round->incumbent_failed = plan.incumbent_failed;
  return round;
}

void FinalComparison::Begin(const Plan& plan) {
  if (context_.signal.ending()) return;
  JobTask& task = plan.task;
  const RoundRef round = MakeRound(plan);
  if (round->finalists.empty()) return;  // no schedule of the task has worked
  round->attempt = ++task.final_attempts[plan.threads];
  round->trial_id = FinalTrialId(context_.job.job_id, task.index, plan.threads, round->attempt);
  std::vector<std::string> scripts;
  for (const Finalist& finalist : round->finalists) scripts.push_back(finalist.candidate.script);
  {
    MutexLock lock(mu_);
    rounds_[{task.index, plan.threads}] = round;
    builds_ += static_cast<int>(scripts.size());
  }
  references_.Request(task);
  // No lock is held here, because the builder may answer before Build returns.
  for (size_t i = 0; i < scripts.size(); ++i) {
    context_.dependencies.builder.Build(
        NewBuildRequest(context_, task, scripts[i], v1::OPTIMIZATION_FULL),
        gate_.Wrap([this, &task, round, i](const v1::BuildResponse& response) {
          OnBuilt(task, round, i, response);
        }));
  }
}

void FinalComparison::OnBuilt(JobTask& task, const RoundRef& round, size_t finalist,
                              const v1::BuildResponse& response) {
  const ArtifactRef artifact = IsOk(response.outcome()) ? NewArtifact(response) : nullptr;
  std::vector<std::pair<JobTask*, RoundRef>> ready;
  {
    MutexLock lock(mu_);
    --builds_;
    if (IsUnderWay(task, round)) {
      round->finalists[finalist].build = WithoutArtifact(response);
      round->finalists[finalist].artifact = artifact;
      if (--round->to_build == 0) {
        if (KeepBuilt(*round)) {
          waiting_.emplace_back(&task, round);
        } else {
          End(task, *round);
        }
      }
    }
    ready = TakeReady();
  }
  for (const auto& [its_task, its_round] : ready) {
    references_.Use(*its_task,
                    gate_.Wrap([this, task = its_task, built = its_round](const ArtifactRef& reference) {
                      Measure(*task, built, reference);
                    }));
  }
}

std::vector<std::pair<JobTask*, FinalComparison::RoundRef>> FinalComparison::TakeReady() {
  std::vector<std::pair<JobTask*, RoundRef>> ready, waiting;
  for (auto& built : waiting_) {
    const bool may_start = built.second->threads == 1 || builds_ == 0;
    (may_start ? ready : waiting).push_back(std::move(built));
  }
  waiting_ = std::move(waiting);
  return ready;
}

void FinalComparison::Measure(JobTask& task, const RoundRef& round, const ArtifactRef& reference) {
  MeasureWork work = NewMeasureWork(context_, task, round->trial_id, reference);
  v1::MeasureRequest& measure = *work.submission.mutable_request();
  MutexLock lock(mu_);
  if (!IsUnderWay(task, round)) return;
  for (const Finalist& finalist : round->finalists) {
    if (measure.artifact_hash().empty()) {
      measure.set_artifact_hash(finalist.artifact->hash);
    } else {
      measure.add_rival_hashes(finalist.artifact->hash);
    }
    work.artifacts.push_back(finalist.artifact);
  }
  const auto count = static_cast<int>(round->finalists.size());
  v1::MeasureOptions& options = *measure.mutable_options();
  options.set_budget_us(absl::ToInt64Microseconds(context_.config.final_budget * count));
  options.set_relative_width(context_.config.final_width);
  options.set_timeout_us(count * options.timeout_us());
  options.set_threads(round->threads);
  context_.dependencies.measurer.Measure(std::move(work),
                                         gate_.Wrap([this, &task, round](const v1::MeasureResult& result) {
                                           return OnResult(task, round, result);
                                         }));
}

// The round does not change any more after this.
absl::Status FinalComparison::OnResult(JobTask& task, const RoundRef& round,
                                       const v1::MeasureResult& result) {
  const bool complete =
      IsOk(result.outcome()) && result.rivals_size() + 1 == static_cast<int>(round->finalists.size());
  RoundDecision decided;
  if (complete) {
    decided = Decide(*round, result, context_.config);
    DIAPASON_RETURN_IF_ERROR(Store(task, *round, result, decided));
  }
  spdlog::info("trial={} task={} compared {} schedules on {}: {}", round->trial_id,
               task.state.workload().id().substr(0, 8), round->finalists.size(), result.device_id(),
               v1::OutcomeKind_Name(result.outcome().kind()));
  if (const auto at = context_.budget.SinceFirstTrial()) context_.metrics.AddResult(*at, result);
  MutexLock lock(mu_);
  if (!IsUnderWay(task, round)) return absl::OkStatus();
  if (complete) {
    context_.log.RecordProgress();
    // Pairs are more exact than two medians, so the ratio of the pairs is used.
    const double default_us = round->has_default ? CallTimeUs(result.measurement()) : 0;
    const double winner_us = round->has_default ? default_us / decided.decision.speed_up()
                                                : CallTimeUs(MeasurementOf(result, decided.winner));
    task.state.SetFinal(round->threads, decided.decision.verdict(),
                        round->finalists[decided.winner].candidate.schedule, default_us, winner_us);
  } else if (round->attempt < context_.config.attempts && !context_.signal.ending()) {
    // Either one of the finalists or the device made the comparison fail.
    failed_.push_back(SmallerRound(task, *round, result.outcome()));
  }
  End(task, *round);
  return absl::OkStatus();
}

// A failed comparison is tried again without its last rival and without those that the search has not tried.
// The last attempt leaves out the incumbent
// instead: a schedule that worked once may not work with today's compiler, and it must not prevent every
// later decision.
FinalComparison::Plan FinalComparison::SmallerRound(JobTask& task, const FinalRound& round,
                                                    const v1::Outcome& outcome) const {
  Plan plan = {.task = task, .threads = round.threads};
  const bool fixed_incumbent = round.incumbent && (*round.incumbent != 0 || !round.has_default);
  plan.rival_count =
      static_cast<int>(round.finalists.size()) - (round.has_default ? 1 : 0) - (fixed_incumbent ? 1 : 0) - 1;
  plan.rival_count = std::min(plan.rival_count, context_.config.finalists);
  if (fixed_incumbent && round.attempt + 1 >= context_.config.attempts) {
    plan.without_incumbent = true;
    plan.rival_count = std::max(plan.rival_count, 1);
    plan.incumbent_failed = SubjectOf(outcome.kind()) == OutcomeSubject::kSchedule;
  }
  return plan;
}

absl::Status FinalComparison::Store(const JobTask& task, const FinalRound& round,
                                    const v1::MeasureResult& result, const RoundDecision& decided) {
  const TaskKey key = KeyOn(task, round.threads);
  std::vector<v1::LogEntry> entries;
  for (size_t i = 0; i < round.finalists.size(); ++i) {
    const Finalist& finalist = round.finalists[i];
    v1::Record record = NewRecord(context_, task, finalist.candidate, round.attempt, finalist.build);
    record.set_trial_id(FinalRecordId(round.trial_id, static_cast<int>(i)));
    record.set_task_id(TaskId(key));
    record.set_threads(key.threads);
    record.set_phase(v1::TRIAL_PHASE_FINAL);
    *record.mutable_outcome() = result.outcome();
    *record.mutable_measurement() = MeasurementOf(result, i);
    record.set_device_id(result.device_id());
    record.set_artifact_hash(finalist.artifact->hash);
    *entries.emplace_back().mutable_record() = std::move(record);
  }
  v1::Decision& decision = *entries.emplace_back().mutable_decision();
  decision = decided.decision;
  decision.set_workload_id(key.workload_id);
  decision.set_target_fingerprint(key.target_fingerprint);
  decision.set_threads(key.threads);
  return context_.log.PutEntries(entries);
}

bool FinalComparison::IsUnderWay(const JobTask& task, const RoundRef& round) const {
  const auto found = rounds_.find({task.index, round->threads});
  return found != rounds_.end() && found->second == round;
}

void FinalComparison::End(const JobTask& task, const FinalRound& round) {
  rounds_.erase({task.index, round.threads});
  context_.signal.Changed();
}

void FinalComparison::Close() {
  std::vector<std::string> ids;
  {
    MutexLock lock(mu_);
    for (const auto& [task, round] : rounds_) ids.push_back(round->trial_id);
    rounds_.clear();
    failed_.clear();
    waiting_.clear();
    context_.signal.Changed();
  }
  context_.dependencies.measurer.Cancel(ids);
  gate_.Close();
}

}  // namespace diapason::tuner
