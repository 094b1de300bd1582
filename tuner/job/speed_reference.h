// Makes times that were taken at different speeds of the core comparable. Not thread-safe.
#ifndef DIAPASON_TUNER_JOB_SPEED_REFERENCE_H_
#define DIAPASON_TUNER_JOB_SPEED_REFERENCE_H_

#include "diapason/v1/trial.pb.h"

namespace diapason::tuner {

class SpeedReference {
 public:
  // The measurement's median as it would have been at the speed of the first measurement asked about, by their
  // canaries. Without a canary: the median as it is.
  double TimeUs(const v1::Measurement& measurement);

 private:
  double canary_us_ = 0;  // 0: not set yet
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_SPEED_REFERENCE_H_
