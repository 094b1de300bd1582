// What tuning costs: how busy devices were, how long trials and builds took. Thread-safe.
#ifndef DIAPASON_TUNER_JOB_JOB_METRICS_H_
#define DIAPASON_TUNER_JOB_JOB_METRICS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "proto/base/mutex.h"

namespace diapason::tuner {

class JobMetrics {
 public:
  // A trial's result came `at`, counted from the job's first trial on.
  void AddResult(absl::Duration at, const v1::MeasureResult& result);
  void AddBuild(const google::protobuf::RepeatedPtrField<v1::StageTime>& stages);

  // `elapsed` since the first trial; `devices` that worked on it; `trials` of the search, which took
  // `searching`.
  v1::JobMetrics ToProto(absl::Duration elapsed, int devices, int64_t trials, absl::Duration searching) const;

  // Medians over all so far; zero: nothing was seen.
  double MedianBuildMs() const;
  double MedianTrialMs() const;

 private:
  double BusyShare(absl::Duration elapsed, int devices) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable Mutex mu_;
  // When a result came, and its busy_us.
  std::vector<std::pair<absl::Duration, double>> busy_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, std::vector<double>> stage_us_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> stage_order_ ABSL_GUARDED_BY(mu_);
  std::vector<double> build_us_ ABSL_GUARDED_BY(mu_);
  bool reduced_sandbox_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_METRICS_H_
