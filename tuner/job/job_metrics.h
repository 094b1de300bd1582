// Measures what tuning costs: how busy the devices were, and how long trials and builds took. Thread-safe.
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
  // Adds the result of a trial. `at` is the time since the job's first trial.
  void AddResult(absl::Duration at, const v1::MeasureResult& result);
  // Adds the duration of each stage of one build.
  void AddBuild(const google::protobuf::RepeatedPtrField<v1::StageTime>& stages);

  // Returns the metrics for a job that did `trials` search trials on `devices` devices, in the time
  // `searching` since its first trial. The final comparisons come after that time. They keep the devices
  // busy in any case, so they do not count in the busy share.
  v1::JobMetrics ToProto(absl::Duration searching, int devices, int64_t trials) const;

  // Medians over the job so far, in milliseconds; zero if there is no value.
  double MedianBuildMs() const;
  double MedianTrialMs() const;

 private:
  double BusyShare(absl::Duration searching, int devices) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable Mutex mu_;
  // For each result, when it came and its busy_us.
  std::vector<std::pair<absl::Duration, double>> busy_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, std::vector<double>> stage_us_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> stage_order_ ABSL_GUARDED_BY(mu_);
  std::vector<double> build_us_ ABSL_GUARDED_BY(mu_);
  bool reduced_sandbox_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_METRICS_H_
