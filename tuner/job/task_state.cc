#include "tuner/job/task_state.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "proto/domain/outcome.h"
#include "tuner/job/trial.h"

namespace diapason::tuner {
namespace {

constexpr double kNoise = 1.05;  // what two measurements of one schedule may differ by, and more

}  // namespace

TaskState::TaskState(const v1::JobTask& task, const v1::Target& target, v1::Schedule default_schedule)
    : workload_(task.workload()),
      weight_(std::max(task.weight(), 1)),
      task_id_(TaskId(task.workload().id(), target)),
      default_schedule_(std::move(default_schedule)),
      default_key_(ScheduleKey(default_schedule_)) {
  progress_.weight = weight_;
  progress_.flops = static_cast<double>(workload_.flops());
  progress_.structure_id = workload_.structure_id();
}

void TaskState::AddTrial(const v1::Schedule& schedule, const v1::Outcome& outcome, double time_us) {
  ++outcomes_[outcome.kind()];
  if (!IsAboutSchedule(outcome.kind())) return;
  ++trials_;
  const bool ok = outcome.kind() == v1::OUTCOME_KIND_OK;
  progress_.Add(ok ? time_us : std::numeric_limits<double>::infinity());
  if (ok) {
    Compete(schedule, time_us);
  } else {
    failure_ = outcome.message();
  }
}

void TaskState::Stop(std::string reason) {
  stopped_ = std::move(reason);
  progress_.exhausted = true;
}

void TaskState::AddEarlier(const v1::Schedule& schedule, double time_us) { Compete(schedule, time_us); }

void TaskState::Compete(const v1::Schedule& schedule, double time_us) {
  const std::string key = ScheduleKey(schedule);
  worked_[key] = {schedule, time_us};
  if (key == default_key_) default_us_ = time_us;
  if (best_us_ == 0 || time_us < best_us_) {
    best_us_ = time_us;
    best_schedule_ = schedule;
  }
}

void TaskState::SetFinal(v1::Verdict verdict, const v1::Schedule& winner, double default_us,
                         double winner_us) {
  verdict_ = verdict;
  best_schedule_ = winner;
  if (default_us > 0) default_us_ = default_us;
  if (winner_us > 0) best_us_ = winner_us;
}

std::vector<v1::Schedule> TaskState::BestSchedules() const {
  std::vector<const ScheduleTime*> sorted;
  const double limit_us = default_us_ > 0 ? kNoise * default_us_ : std::numeric_limits<double>::infinity();
  for (const auto& [key, entry] : worked_) {
    if (key != default_key_ && entry.time_us <= limit_us) sorted.push_back(&entry);
  }
  std::sort(sorted.begin(), sorted.end(), [](const ScheduleTime* a, const ScheduleTime* b) {
    return a->time_us != b->time_us ? a->time_us < b->time_us
                                    : ScheduleKey(a->schedule) < ScheduleKey(b->schedule);
  });
  std::vector<v1::Schedule> best;
  for (const ScheduleTime* entry : sorted) best.push_back(entry->schedule);
  return best;
}

v1::TaskStatus TaskState::ToStatus(bool converged) const {
  v1::TaskStatus status;
  status.set_task_id(task_id_);
  status.set_workload_id(workload_.id());
  status.set_summary(workload_.summary());
  status.set_weight(weight_);
  status.set_default_us(default_us_);
  status.set_best_us(best_us_);
  status.set_trials(trials_);
  for (const auto& [kind, count] : outcomes_) {
    v1::OutcomeCount* entry = status.add_outcomes();
    entry->set_kind(kind);
    entry->set_count(count);
  }
  status.set_converged(converged);
  status.set_verdict(verdict_);
  status.set_stopped(stopped_);
  if (best_us_ > 0) {
    *status.mutable_best_schedule() = best_schedule_;
  } else {
    status.set_failure(failure_);
  }
  return status;
}

}  // namespace diapason::tuner
