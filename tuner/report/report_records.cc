#include "tuner/report/report_records.h"

#include "absl/strings/str_cat.h"
#include "proto/domain/outcome.h"

namespace diapason::tuner {

void RecordSummary::Add(const v1::Record& record) {
  ++records_;
  if (!record.device_id().empty()) ++devices_[record.device_id()];
  if (!record.backend_version().empty())
    ++backends_[absl::StrCat(record.backend(), record.backend().empty() ? "" : " ",
                             record.backend_version())];
  if (record.protocol_version() > 0) ++measure_protocols_[absl::StrCat(record.protocol_version())];
  const v1::Outcome& outcome = record.outcome();
  if (!IsOk(outcome) && !outcome.message().empty())
    first_messages_.emplace(outcome.kind(), outcome.message());
  if (!record.has_measurement()) return;
  ++measured_;
  const v1::Measurement& measurement = record.measurement();
  if (measurement.threads() > 0) ++threads_[absl::StrCat(measurement.threads())];
  if (measurement.median_us() > 0 && measurement.p10_us() > 0 && measurement.p90_us() > 0)
    spreads_.push_back((measurement.p90_us() - measurement.p10_us()) / measurement.median_us());
  const v1::Conditions& conditions = measurement.conditions();
  if (conditions.has_governor()) ++governors_[conditions.governor()];
  if (conditions.sandbox() == v1::SANDBOX_FULL) ++sandboxes_["full"];
  if (conditions.sandbox() == v1::SANDBOX_REDUCED) ++sandboxes_["reduced"];
  if (conditions.emulated()) ++emulated_;
  if (conditions.has_frequency_mhz()) frequencies_mhz_.push_back(conditions.frequency_mhz());
  if (conditions.has_temperature_c()) temperatures_c_.push_back(conditions.temperature_c());
  if (conditions.canary_before_us() > 0 && conditions.canary_after_us() > 0)
    canary_drifts_.push_back(conditions.canary_after_us() / conditions.canary_before_us());
}

}  // namespace diapason::tuner
