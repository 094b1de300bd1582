#include "proto/domain/record_time.h"

#include "proto/statistics/quantile.h"

namespace diapason {

double CallTimeUs(const v1::Measurement& measurement) {
  return measurement.p10_us() > 0 ? measurement.p10_us() : measurement.median_us();
}

std::optional<double> RecordTimeUs(const v1::Record& record) {
  if (record.outcome().kind() != v1::OUTCOME_KIND_OK || !record.has_measurement()) return std::nullopt;
  if (record.measurement().conditions().emulated()) return std::nullopt;
  return CallTimeUs(record.measurement());
}

double SpeedReference::TimeUs(const v1::Measurement& measurement) {
  if (measurement.canary_us().empty()) return CallTimeUs(measurement);
  const double canary_us = Median({measurement.canary_us().begin(), measurement.canary_us().end()});
  if (canary_us_ == 0) canary_us_ = canary_us;
  return CallTimeUs(measurement) * canary_us_ / canary_us;
}

}  // namespace diapason
