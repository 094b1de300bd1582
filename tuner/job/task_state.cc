#include "tuner/job/task_state.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "proto/domain/outcome.h"
#include "proto/domain/schedule_hash.h"

namespace diapason::tuner {
namespace {

constexpr double kNoise = 1.05;  // two measurements of one schedule differ by less than this factor

}  // namespace

double ExpectedShare(const StageUnits& units, int threads) {
  if (units.empty()) return 1;
  double share = 0;
  for (const int64_t count : units) {
    const int64_t rounds = (count + threads - 1) / threads;
    share += count > 0 ? static_cast<double>(rounds) / static_cast<double>(count) : 1;
  }
  return share / static_cast<double>(units.size());
}

TaskState::TaskState(const v1::JobTask& task, TaskKey key, v1::Schedule default_schedule)
    : workload_(task.workload()),
      weight_(std::max(task.weight(), 1)),
      key_(std::move(key)),
      default_schedule_(std::move(default_schedule)),
      default_hash_(ScheduleHash(default_schedule_)) {
  progress_.weight = weight_;
}

void TaskState::AddProposed(size_t candidates) {
  MutexLock lock(mu_);
  progress_.proposed += static_cast<int64_t>(candidates);
  progress_.exhausted = candidates == 0 || !stop_reason_.empty();
}

void TaskState::SetOutlook(double limit_us, double optimistic_us) {
  MutexLock lock(mu_);
  progress_.limit_us = limit_us;
  progress_.optimistic_us = optimistic_us;
}

void TaskState::AddEarlierProposal() {
  MutexLock lock(mu_);
  ++progress_.proposed;
}

void TaskState::AddTrial(const v1::Schedule& schedule, const v1::Outcome& outcome, double time_us,
                         StageUnits units) {
  MutexLock lock(mu_);
  ++outcomes_[outcome.kind()];
  if (!IsAboutSchedule(outcome.kind())) return;
  ++trials_;
  progress_.Add(IsOk(outcome) ? time_us : std::numeric_limits<double>::infinity());
  if (IsOk(outcome)) {
    UpdateBest(schedule, time_us, std::move(units));
  } else {
    failure_ = outcome.message();
  }
}

void TaskState::AddEarlier(const v1::Schedule& schedule, double time_us, StageUnits units) {
  MutexLock lock(mu_);
  UpdateBest(schedule, time_us, std::move(units));
}

void TaskState::UpdateBest(const v1::Schedule& schedule, double time_us, StageUnits units) {
  const std::string hash = ScheduleHash(schedule);
  worked_[hash] = {schedule, time_us, std::move(units)};
  if (hash == default_hash_) default_us_ = time_us;
  if (best_us_ == 0 || time_us < best_us_) {
    best_us_ = time_us;
    best_schedule_ = schedule;
  }
}

void TaskState::SetFinal(int threads, v1::Verdict verdict, const v1::Schedule& winner, double default_us,
                         double winner_us) {
  MutexLock lock(mu_);
  v1::ThreadsStatus& final = finals_[threads];
  final.set_threads(threads);
  final.set_verdict(verdict);
  *final.mutable_best_schedule() = winner;
  final.set_default_us(default_us);
  final.set_best_us(winner_us);
  if (finals_.begin()->first != threads) return;
  best_schedule_ = winner;
  if (default_us > 0) default_us_ = default_us;
  if (winner_us > 0) best_us_ = winner_us;
}

void TaskState::Stop(const std::string& reason) {
  MutexLock lock(mu_);
  if (stop_reason_.empty()) stop_reason_ = reason;
  progress_.exhausted = true;
}

std::string TaskState::stop_reason() const {
  MutexLock lock(mu_);
  return stop_reason_;
}

std::vector<v1::Schedule> TaskState::BestSchedules(int threads) const {
  MutexLock lock(mu_);
  using Entry = std::tuple<double, const std::string*, const v1::Schedule*>;
  std::vector<Entry> sorted;
  const auto expected_us = [threads](const ScheduleTime& time) {
    return time.time_us * ExpectedShare(time.units, threads);
  };
  const auto found = worked_.find(default_hash_);
  const double limit_us =
      found != worked_.end() ? kNoise * expected_us(found->second) : std::numeric_limits<double>::infinity();
  for (const auto& [hash, time] : worked_) {
    if (hash != default_hash_ && expected_us(time) <= limit_us)
      sorted.emplace_back(expected_us(time), &hash, &time.schedule);
  }
  std::ranges::sort(sorted, [](const Entry& a, const Entry& b) {
    return std::tie(std::get<0>(a), *std::get<1>(a)) < std::tie(std::get<0>(b), *std::get<1>(b));
  });
  std::vector<v1::Schedule> best;
  for (const Entry& entry : sorted) best.push_back(*std::get<2>(entry));
  return best;
}

bool TaskState::default_works() const {
  MutexLock lock(mu_);
  return default_us_ > 0;
}

bool TaskState::has_final(int threads) const {
  MutexLock lock(mu_);
  return finals_.contains(threads);
}

int64_t TaskState::trials() const {
  MutexLock lock(mu_);
  return trials_;
}

double TaskState::best_us() const {
  MutexLock lock(mu_);
  return best_us_;
}

TaskProgress TaskState::Progress() const {
  MutexLock lock(mu_);
  return progress_;
}

v1::TaskStatus TaskState::ToStatus(const std::string& why_ended) const {
  MutexLock lock(mu_);
  v1::TaskStatus status;
  status.set_task_id(TaskId(key_));
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
  status.set_converged(!why_ended.empty());
  status.set_ended(why_ended);
  status.set_limit_us(progress_.limit_us);
  for (const auto& [threads, final] : finals_) *status.add_by_threads() = final;
  if (!finals_.empty()) status.set_verdict(finals_.begin()->second.verdict());
  status.set_stopped(stop_reason_);
  if (best_us_ > 0) {
    *status.mutable_best_schedule() = best_schedule_;
  } else {
    status.set_failure(failure_);
  }
  return status;
}

}  // namespace diapason::tuner
