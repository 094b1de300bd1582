// What follows from a job's state: limits, reserves, and the status that users see.
#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "tuner/job/job_run.h"

namespace diapason::tuner {

bool JobRun::SearchIsOver() const {
  const absl::Duration limit = absl::Microseconds(job_.request.budget().duration_us());
  if (limit > absl::ZeroDuration() && Elapsed() >= limit - FinalsReserve()) return true;
  return TrialsLeft() <= 0;
}

int64_t JobRun::TrialsLeft() const {
  const int64_t limit = job_.request.budget().trials();
  if (limit == 0) return std::numeric_limits<int64_t>::max();
  return limit - TrialsDone() - static_cast<int64_t>(under_way_.size());
}

int64_t JobRun::TrialsDone() const {
  int64_t trials = 0;
  for (const auto& task : tasks_) trials += task->state.trials();
  return trials;
}

std::vector<const TaskProgress*> JobRun::Progress() const {
  std::vector<const TaskProgress*> progress;
  for (const auto& task : tasks_) progress.push_back(&task->state.progress());
  return progress;
}

int JobRun::LookAhead() const {
  return std::max(devices_, 1) * options_.trials_per_device + 2 * context_.builder.parallelism();
}

absl::Duration JobRun::Elapsed() const {
  if (!first_trial_) return carried_;
  return carried_ + end_.value_or(context_.clock.Monotonic()) - *first_trial_;
}

// What the paired comparisons will take: the slower of building and measuring, which overlap.
absl::Duration JobRun::FinalsReserve() const {
  constexpr double kFullBuildFactor = 6;  // -O3 against the trimmed pipeline
  const double tasks = static_cast<double>(tasks_.size());
  const double finalists = options_.finalists + 1;
  const absl::Duration build = absl::Milliseconds(metrics_.MedianBuildMs()) * kFullBuildFactor * finalists /
                               context_.builder.parallelism();
  const absl::Duration measure =
      (options_.final_budget * finalists + absl::Milliseconds(200)) / std::max(devices_, 1);
  const absl::Duration reserve = tasks * std::max(build, measure) + absl::Seconds(1);
  const absl::Duration limit = absl::Microseconds(job_.request.budget().duration_us());
  // A short budget is not for the end alone.
  return limit > absl::ZeroDuration() ? std::min(reserve, limit / 3) : reserve;
}

absl::Duration JobRun::TrialTimeout(const Task& task) const {
  const double median_ms = metrics_.MedianTrialMs();
  if (task.state.trials() == 0 || median_ms == 0) return options_.first_timeout;
  const absl::Duration slowest = absl::Microseconds(task.state.best_us()) * 100;
  return std::max({options_.least_timeout, options_.timeout_factor * absl::Milliseconds(median_ms), slowest});
}

v1::JobStatus JobRun::Status() const {
  MutexLock lock(mu_);
  return StatusLocked();
}

int64_t JobRun::WaitForChange(int64_t version, absl::Duration timeout) const {
  MutexLock lock(mu_);
  if (version_ <= version && !ended_) changed_.WaitFor(mu_, timeout);
  return version_;
}

v1::JobStatus JobRun::StatusLocked() const {
  v1::JobStatus status;
  if (!prepared_) status = job_.status;  // as an earlier server left it
  status.set_job_id(job_.job_id);
  status.set_name(job_.request.name());
  status.set_state(state_);
  status.set_message(std::string(failure_.message()));
  status.set_error_code(static_cast<int>(failure_.code()));
  status.set_model(job_.request.model());
  status.set_target_option(job_.request.target_option());
  *status.mutable_budget() = job_.request.budget();
  *status.mutable_target() = job_.request.target();
  status.set_created_unix_us(job_.status.created_unix_us());
  if (failure_.ok() && !log_trouble_.empty()) status.set_message(absl::StrCat("waiting: ", log_trouble_));
  status.clear_waiting_for();
  if (state_ == v1::JOB_STATE_RUNNING && !waits_for_.empty()) {
    const absl::Duration waited = absl::Trunc(context_.clock.Monotonic() - waits_since_, absl::Seconds(1));
    status.set_waiting_for(absl::StrCat(waits_for_, " (waiting for ", absl::FormatDuration(waited),
                                        ", at most ", absl::FormatDuration(options_.device_wait), ")"));
  }
  if (!prepared_) {
    if (status.tasks().empty()) {
      for (const v1::JobTask& task : job_.request.tasks()) {
        *status.add_tasks() =
            TaskState(task, job_.request.target(), v1::Schedule()).ToStatus(/*converged=*/false);
      }
    }
    return status;
  }
  const std::vector<bool> converged = scheduler_.Converged(Progress());
  for (size_t i = 0; i < tasks_.size(); ++i) *status.add_tasks() = tasks_[i]->state.ToStatus(converged[i]);
  status.set_trials_done(TrialsDone());
  status.set_elapsed_us(absl::ToInt64Microseconds(Elapsed()));
  status.set_remaining_us(absl::ToInt64Microseconds(Remaining()));
  const absl::Duration elapsed = Elapsed() - carried_;
  const absl::Duration searching = search_end_ && first_trial_ ? *search_end_ - *first_trial_ : elapsed;
  *status.mutable_metrics() = metrics_.ToProto(elapsed, devices_, TrialsDone() - trials_before_, searching);
  return status;
}

// Of whichever limit is met first; zero: nobody knows yet.
absl::Duration JobRun::Remaining() const {
  if (state_ != v1::JOB_STATE_RUNNING) return absl::ZeroDuration();
  absl::Duration remaining = absl::InfiniteDuration();
  const v1::Budget& budget = job_.request.budget();
  if (budget.duration_us() > 0) remaining = absl::Microseconds(budget.duration_us()) - Elapsed();
  const int64_t done = TrialsDone() - trials_before_;
  if (budget.trials() > 0 && done > 0) {
    const double left = static_cast<double>(std::max<int64_t>(budget.trials() - TrialsDone(), 0));
    const absl::Duration by_rate = (Elapsed() - carried_) / static_cast<double>(done) * left;
    remaining = std::min(remaining, by_rate + FinalsReserve());
  }
  if (remaining == absl::InfiniteDuration()) return absl::ZeroDuration();
  return std::max(remaining, absl::ZeroDuration());
}

}  // namespace diapason::tuner
