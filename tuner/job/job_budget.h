// How much a job may still spend: trials and time, what of the time is kept for the paired comparisons, and
// how long one trial may take. Thread-safe.
//
// Callers pass the trials that have ended and those in flight. Where trials end meanwhile, the trials in
// flight must be counted first: then a trial that ends in between counts twice for a moment, and the limit
// holds.
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

// What of a job does not change while it runs.
struct JobSize {
  int tasks = 0;
  int builders = 1;        // builds that run at a time
  absl::Duration earlier;  // what earlier servers spent on this job
};

class JobBudget {
 public:
  // What is referred to outlives this.
  JobBudget(const v1::Budget& budget, const JobSize& size, const JobConfig& config, const Clock& clock,
            const JobMetrics& metrics);

  // The three points in time that divide a run. Only the first call of each counts. Time before the first
  // trial (opening the search spaces) is not counted.
  void BeginTrials();
  void EndSearch();
  void End();

  // Trials that earlier servers did for this job; 0 unless it is set.
  void SetEarlierTrials(int64_t trials);

  bool has_time_limit() const { return limit_ > absl::ZeroDuration(); }

  // What the job has spent, with earlier servers.
  absl::Duration Elapsed() const;
  // Since the first trial of this run. Nullopt: there was none.
  std::optional<absl::Duration> SinceFirstTrial() const;

  // How many more trials may be proposed. With no limit of trials, a very large number.
  int64_t TrialsLeft(int64_t ended, int64_t in_flight) const;

  // Whether no more trials may be proposed.
  bool SearchIsOver(int64_t ended, int64_t in_flight, int devices) const;

  // Whether the job must end although paired comparisons are still under way.
  bool ComparisonsAreOver() const;

  // What the paired comparisons will take: the slower of building and measuring, which overlap.
  absl::Duration FinalsReserve(int devices) const;

  // How long a search trial may take on its device. `ended` and `best_us` are those of the trial's task; 0:
  // none.
  absl::Duration TrialTimeout(int64_t ended, double best_us) const;

  // Estimate of what is left by whichever limit is met first. Zero: not known.
  absl::Duration Remaining(int64_t ended, int devices) const;

  // What the job costs so far.
  v1::JobMetrics Metrics(int64_t ended, int devices) const;

  // For trials and comparisons that are under way when the time is up.
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
  std::optional<absl::Duration> first_trial_ ABSL_GUARDED_BY(mu_);  // monotonic, as those below
  std::optional<absl::Duration> search_end_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Duration> end_ ABSL_GUARDED_BY(mu_);
  int64_t earlier_trials_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_BUDGET_H_
