#include "tuner/job/job_budget.h"

#include <algorithm>
#include <limits>

namespace diapason::tuner {

JobBudget::JobBudget(const v1::Budget& budget, const JobSize& size, const JobConfig& config,
                     const Clock& clock, const JobMetrics& metrics)
    : budget_(budget),
      limit_(absl::Microseconds(budget.duration_us())),
      size_(size),
      config_(config),
      clock_(clock),
      metrics_(metrics) {}

void JobBudget::BeginTrials() {
  MutexLock lock(mu_);
  if (!first_trial_) first_trial_ = clock_.Monotonic();
}

void JobBudget::EndSearch() {
  MutexLock lock(mu_);
  if (!search_end_) search_end_ = clock_.Monotonic();
}

void JobBudget::End() {
  MutexLock lock(mu_);
  if (!end_) end_ = clock_.Monotonic();
}

void JobBudget::SetEarlierTrials(int64_t trials) {
  MutexLock lock(mu_);
  earlier_trials_ = trials;
}

absl::Duration JobBudget::ThisRun() const {
  return first_trial_ ? end_.value_or(clock_.Monotonic()) - *first_trial_ : absl::ZeroDuration();
}

absl::Duration JobBudget::Elapsed() const {
  MutexLock lock(mu_);
  return size_.earlier + ThisRun();
}

std::optional<absl::Duration> JobBudget::SinceFirstTrial() const {
  MutexLock lock(mu_);
  if (!first_trial_) return std::nullopt;
  return clock_.Monotonic() - *first_trial_;
}

int64_t JobBudget::TrialsLeft(int64_t ended, int64_t in_flight) const {
  if (budget_.trials() == 0) return std::numeric_limits<int64_t>::max();
  return budget_.trials() - ended - in_flight;
}

bool JobBudget::SearchIsOver(int64_t ended, int64_t in_flight, int devices) const {
  if (has_time_limit() && Elapsed() >= limit_ - FinalsReserve(devices)) return true;
  return TrialsLeft(ended, in_flight) <= 0;
}

bool JobBudget::ComparisonsAreOver() const { return has_time_limit() && Elapsed() > 1.1 * limit_ + kDrain; }

absl::Duration JobBudget::FinalsReserve(int devices) const {
  constexpr double kFullBuildFactor = 6;  // time of an -O3 build divided by that of a search build
  const double finalists = config_.finalists + 1;
  const absl::Duration build =
      absl::Milliseconds(metrics_.MedianBuildMs()) * kFullBuildFactor * finalists / size_.builders;
  const absl::Duration measure = size_.thread_counts *
                                 (config_.final_budget * finalists + absl::Milliseconds(200)) /
                                 std::max(devices, 1);
  const absl::Duration reserve =
      static_cast<double>(size_.tasks) * std::max(build, measure) + absl::Seconds(1);
  // A short budget must not be spent on the comparisons alone.
  return has_time_limit() ? std::min(reserve, limit_ / 3) : reserve;
}

absl::Duration JobBudget::TrialTimeout(int64_t ended, double best_us) const {
  const double median_ms = metrics_.MedianTrialMs();
  if (ended == 0 || median_ms == 0) return config_.first_timeout;
  const absl::Duration slowest = absl::Microseconds(best_us) * 100;
  return std::max({config_.min_timeout, config_.timeout_factor * absl::Milliseconds(median_ms), slowest});
}

absl::Duration JobBudget::Remaining(int64_t ended, int devices) const {
  absl::Duration this_run;
  int64_t done = 0;
  {
    MutexLock lock(mu_);
    this_run = ThisRun();
    done = ended - earlier_trials_;
  }
  absl::Duration remaining = absl::InfiniteDuration();
  if (has_time_limit()) remaining = limit_ - (size_.earlier + this_run);
  if (budget_.trials() > 0 && done > 0) {
    const double left = static_cast<double>(std::max<int64_t>(budget_.trials() - ended, 0));
    const absl::Duration by_rate = this_run / static_cast<double>(done) * left;
    remaining = std::min(remaining, by_rate + FinalsReserve(devices));
  }
  if (remaining == absl::InfiniteDuration()) return absl::ZeroDuration();
  return std::max(remaining, absl::ZeroDuration());
}

v1::JobMetrics JobBudget::Metrics(int64_t ended, int devices) const {
  absl::Duration searching;
  int64_t trials = 0;
  {
    MutexLock lock(mu_);
    searching = search_end_ && first_trial_ ? *search_end_ - *first_trial_ : ThisRun();
    trials = ended - earlier_trials_;
  }
  return metrics_.ToProto(searching, devices, trials);
}

}  // namespace diapason::tuner
