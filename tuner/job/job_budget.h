// Computes how much a job may still spend: trials and time, how much of the time is kept for the paired
// comparisons, and how long one trial may take. Thread-safe.
//
// Callers pass the number of trials that have ended and the number in flight. Trials may end between the
// two counts, so count those in flight first. A trial that ends in between is then counted twice for a
// moment, and the limit is never exceeded.
#ifndef DIAPASON_TUNER_JOB_JOB_BUDGET_H_
#define DIAPASON_TUNER_JOB_JOB_BUDGET_H_

#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "diapason/v1/tuner.pb.h"
#include "proto/base/clock.h"
#include "proto/base/mutex.h"
#include "tuner/job/job_config.h"
#include "tuner/job/job_metrics.h"

namespace diapason::tuner {

// The properties of a job that do not change while it runs.
struct JobSize {
  int tasks = 0;           // tasks of the job
  int thread_counts = 1;   // paired comparisons of each task
  int builders = 1;        // builds that run at the same time
  absl::Duration earlier;  // time that earlier servers spent on this job
};

class JobBudget {
 public:
  // All references must outlive this object.
  JobBudget(const v1::Budget& budget, const JobSize& size, const JobConfig& config, const Clock& clock,
            const JobMetrics& metrics);

  // Mark the three points in time that divide a run. Only the first call of each counts. Time before the
  // first trial, in which the search spaces are opened, is not counted.
  void BeginTrials();
  void EndSearch();
  void End();

  // Sets the number of trials that earlier servers did for this job. It is 0 if this is never called.
  void SetEarlierTrials(int64_t trials);

  bool has_time_limit() const { return limit_ > absl::ZeroDuration(); }

  // The time that the job has spent, including the time under earlier servers.
  absl::Duration Elapsed() const;
  // The time since the first trial of this run, or nullopt if there was none.
  std::optional<absl::Duration> SinceFirstTrial() const;

  // The number of trials that may still be proposed. It is very large if the budget does not limit trials.
  int64_t TrialsLeft(int64_t ended, int64_t in_flight) const;

  // Returns true if no more trials may be proposed.
  bool SearchIsOver(int64_t ended, int64_t in_flight, int devices) const;

  // Returns true if the job must end even if paired comparisons have not ended.
  bool ComparisonsAreOver() const;

  // Estimates how long the paired comparisons will take. Building and measuring overlap, so the slower of
  // the two counts.
  absl::Duration FinalsReserve(int devices) const;

  // How long a search trial may take on its device. `ended` (trials) and `best_us` (0 if nothing has
  // worked) are those of the trial's task.
  absl::Duration TrialTimeout(int64_t ended, double best_us) const;

  // Estimates the time until the first limit is reached. Zero means that it is not known.
  absl::Duration Remaining(int64_t ended, int devices) const;

  // Returns what the job has cost so far.
  v1::JobMetrics Metrics(int64_t ended, int devices) const;

  // Extra time for trials and comparisons that are in flight when the time is over.
  static constexpr absl::Duration kDrain = absl::Seconds(3);

 private:
  absl::Duration ThisRun() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const v1::Budget budget_;
  const absl::Duration limit_;
  const JobSize size_;
  const JobConfig& config_;
  const Clock& clock_;
  const JobMetrics& metrics_;

  mutable Mutex mu_;
  std::optional<absl::Duration> first_trial_ ABSL_GUARDED_BY(mu_);  // monotonic, as are those below
  std::optional<absl::Duration> search_end_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Duration> end_ ABSL_GUARDED_BY(mu_);
  int64_t earlier_trials_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_BUDGET_H_
