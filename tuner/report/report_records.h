// What the records of a job say about the conditions of its measurements and about its failures. The records
// are added one by one and not kept: a job has thousands, and each holds its raw samples. Not thread-safe.
#ifndef DIAPASON_TUNER_REPORT_REPORT_RECORDS_H_
#define DIAPASON_TUNER_REPORT_REPORT_RECORDS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "diapason/v1/trial.pb.h"

namespace diapason::tuner {

// Counts and collects what a report shows of a job's records.
class RecordSummary {
 public:
  using Counts = std::map<std::string, int64_t>;  // a value, and the number of records that have it

  // Add the oldest record first, because only the first message of each kind of failure is kept.
  void Add(const v1::Record& record);

  int64_t records() const { return records_; }    // all
  int64_t measured() const { return measured_; }  // those with a measurement

  // Of all records.
  const Counts& devices() const { return devices_; }
  const Counts& backends() const { return backends_; }  // e.g. "cpu 1f2e3d (22.1.0)"
  const Counts& measure_protocols() const { return measure_protocols_; }
  // The message of the first failure of each kind that has one.
  const std::map<v1::OutcomeKind, std::string>& first_messages() const { return first_messages_; }

  // Of the records with a measurement. A condition that a device cannot read is counted nowhere.
  const Counts& threads() const { return threads_; }
  const Counts& governors() const { return governors_; }
  const Counts& sandboxes() const { return sandboxes_; }  // "full", "reduced"
  int64_t emulated() const { return emulated_; }
  const std::vector<double>& frequencies_mhz() const { return frequencies_mhz_; }
  const std::vector<double>& temperatures_c() const { return temperatures_c_; }
  // How far the samples of a measurement lie apart: the 90th percentile minus the 10th, divided by the
  // median.
  const std::vector<double>& spreads() const { return spreads_; }
  // How much slower the canary ran after the last sample than before the first one: 1.02 is 2 % slower.
  const std::vector<double>& canary_drifts() const { return canary_drifts_; }

 private:
  int64_t records_ = 0;
  int64_t measured_ = 0;
  Counts devices_;
  Counts backends_;
  Counts measure_protocols_;
  std::map<v1::OutcomeKind, std::string> first_messages_;
  Counts threads_;
  Counts governors_;
  Counts sandboxes_;
  int64_t emulated_ = 0;
  std::vector<double> frequencies_mhz_;
  std::vector<double> temperatures_c_;
  std::vector<double> spreads_;
  std::vector<double> canary_drifts_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_REPORT_REPORT_RECORDS_H_
