#include "tuner/job/job_metrics.h"

#include <algorithm>
#include <utility>

#include "proto/statistics/quantile.h"

namespace diapason::tuner {
namespace {

double MedianOrZero(std::vector<double> values) { return values.empty() ? 0 : Median(std::move(values)); }

}  // namespace

void JobMetrics::AddResult(absl::Duration at, const v1::MeasureResult& result) {
  MutexLock lock(mu_);
  busy_.push_back({at, result.busy_us()});
  if (result.measurement().conditions().sandbox() == v1::SANDBOX_REDUCED) reduced_sandbox_ = true;
}

void JobMetrics::AddBuild(const google::protobuf::RepeatedPtrField<v1::StageTime>& stages) {
  MutexLock lock(mu_);
  double sum = 0;
  for (const v1::StageTime& stage : stages) {
    std::vector<double>& times = stage_us_[stage.stage()];
    if (times.empty()) stage_order_.push_back(stage.stage());
    times.push_back(stage.us());
    sum += stage.us();
  }
  build_us_.push_back(sum);
}

double JobMetrics::MedianBuildMs() const {
  MutexLock lock(mu_);
  return MedianOrZero(build_us_) / 1e3;
}

double JobMetrics::MedianTrialMs() const {
  std::vector<double> times;
  MutexLock lock(mu_);
  for (const auto& [at, busy_us] : busy_) times.push_back(busy_us);
  return MedianOrZero(std::move(times)) / 1e3;
}

double JobMetrics::BusyShare(absl::Duration searching, int devices) const {
  const double window_us = absl::ToDoubleMicroseconds(searching) * std::max(devices, 1);
  double busy_us = 0;
  for (const auto& [at, us] : busy_) {
    if (at <= searching) busy_us += us;
  }
  return window_us > 0 ? std::min(busy_us / window_us, 1.0) : 0;
}

v1::JobMetrics JobMetrics::ToProto(absl::Duration searching, int devices, int64_t trials) const {
  v1::JobMetrics metrics;
  const double seconds = absl::ToDoubleSeconds(searching);
  metrics.set_trials_per_second(seconds > 0 ? static_cast<double>(trials) / seconds : 0);
  metrics.set_median_trial_ms(MedianTrialMs());
  metrics.set_median_build_ms(MedianBuildMs());
  MutexLock lock(mu_);
  metrics.set_device_busy_share(BusyShare(searching, devices));
  for (const std::string& stage : stage_order_) {
    v1::StageTime* entry = metrics.add_median_build_stages();
    entry->set_stage(stage);
    entry->set_us(Median(stage_us_.at(stage)));
  }
  metrics.set_reduced_sandbox(reduced_sandbox_);
  return metrics;
}

}  // namespace diapason::tuner
