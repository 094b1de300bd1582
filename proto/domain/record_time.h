// Which time of a record is used for what.
//
// CallTimeUs is the time of one undisturbed call at the clock speed that the core had during that
// measurement. The log sorts records by it, and users see it (RecordTimeUs).
//
// A search compares trials that were measured at different clock speeds. It therefore scales each time
// to the speed of one reference measurement, with the help of the canaries (SpeedReference). The reference
// of a job is the oldest search record with a canary among those that the job compares. So a restarted
// server computes the same times as the server before it.
//
// The paired comparison at the end of a task uses neither, because the samples of a pair are measured
// directly one after the other.
#ifndef DIAPASON_PROTO_DOMAIN_RECORD_TIME_H_
#define DIAPASON_PROTO_DOMAIN_RECORD_TIME_H_

#include <optional>

#include "diapason/v1/trial.pb.h"

namespace diapason {

// Returns the time of one call in microseconds: the 10 % quantile of the samples. Other programs and
// interrupts make samples slower and never faster, so the fast samples repeat best: in 50 measurements of
// one kernel, this quantile of 7 samples spread by 0.13 % and the median of 27 samples by 0.78 %; next to
// another busy program by 1.1 % and 117 %. Returns the median if there is no quantile.
double CallTimeUs(const v1::Measurement& measurement);

// Returns the record's time in microseconds. Returns nullopt if the trial failed, or if an emulator ran
// the code, so that the time means nothing.
std::optional<double> RecordTimeUs(const v1::Record& record);

// Converts times to one clock speed. Times of two different SpeedReference objects must not be compared.
// Not thread-safe.
class SpeedReference {
 public:
  // Returns the measurement's CallTimeUs, scaled to the clock speed of the first measurement
  // with a canary that was passed to this object. A measurement without a canary is not scaled.
  double TimeUs(const v1::Measurement& measurement);

 private:
  double canary_us_ = 0;  // the canary of the reference; 0 until there is one
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_RECORD_TIME_H_
