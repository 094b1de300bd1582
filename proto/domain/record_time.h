// Which time of a record counts: the only place that says it.
//
// Measurement.median_us is the time of one call at the clock speed that the core had during that measurement.
// The log sorts records by it and users see it (RecordTimeUs).
//
// A search compares trials that were taken at different clock speeds, so it scales each median by the trial's
// canary to the speed of one reference measurement (SpeedReference). In a job the reference is the oldest
// search record with a canary that the job compares, so that a restarted server computes the same times as
// the server before it.
//
// The paired comparison at the end of a task needs neither: the samples of a pair were taken one after the
// other.
#ifndef DIAPASON_PROTO_DOMAIN_RECORD_TIME_H_
#define DIAPASON_PROTO_DOMAIN_RECORD_TIME_H_

#include <optional>

#include "diapason/v1/trial.pb.h"

namespace diapason {

// The record's time in microseconds. Absent where the record has none that means something: the trial failed,
// or an emulator ran the code.
std::optional<double> RecordTimeUs(const v1::Record& record);

// Times at one clock speed, in microseconds. Times of different references must not be compared. Not
// thread-safe.
class SpeedReference {
 public:
  // The measurement's median as it would have been at the speed of the first measurement with a canary that
  // this was asked about. Without a canary: the median as it is.
  double TimeUs(const v1::Measurement& measurement);

 private:
  double canary_us_ = 0;  // 0: not set yet
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_RECORD_TIME_H_
