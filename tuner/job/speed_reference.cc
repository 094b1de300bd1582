#include "tuner/job/speed_reference.h"

#include "proto/statistics/quantile.h"

namespace diapason::tuner {

double SpeedReference::TimeUs(const v1::Measurement& measurement) {
  if (measurement.canary_us().empty()) return measurement.median_us();
  const double canary_us = Median({measurement.canary_us().begin(), measurement.canary_us().end()});
  if (canary_us_ == 0) canary_us_ = canary_us;
  return measurement.median_us() * canary_us_ / canary_us;
}

}  // namespace diapason::tuner
