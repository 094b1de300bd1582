// Watches the devices that work for one job. Thread-safe.
#ifndef DIAPASON_TUNER_JOB_JOB_DEVICES_H_
#define DIAPASON_TUNER_JOB_JOB_DEVICES_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "diapason/v1/tracker.pb.h"
#include "proto/base/clock.h"
#include "proto/base/mutex.h"
#include "tuner/job/measurer.h"
#include "tuner/job/run_signal.h"

namespace diapason::tuner {

class JobDevices {
 public:
  // Fails the run if no device works for it for `most_wait`. All references must outlive this object.
  JobDevices(Measurer& measurer, const Clock& clock, RunSignal& signal, absl::Duration most_wait,
             v1::DeviceSelector selector, std::string job_id);

  // Asks the tracker, at most every two seconds. Only the job's thread may call it.
  void Update();

  // The number of connected devices that the job may use; 1 until the tracker was asked.
  int connected() const;

  // Returns in one line why no device works for the job and for how long it has waited. Returns an empty
  // string if a device works for it.
  std::string WaitingFor() const;

 private:
  void SetWaitReason(const std::string& reason, absl::Duration now);

  Measurer& measurer_;
  const Clock& clock_;
  RunSignal& signal_;
  const absl::Duration most_wait_;
  const v1::DeviceSelector selector_;
  const std::string job_id_;
  absl::Duration asked_at_;  // monotonic; only the job's thread uses it

  mutable Mutex mu_;
  int connected_ ABSL_GUARDED_BY(mu_) = 1;
  std::string waits_for_ ABSL_GUARDED_BY(mu_);       // empty if a device works for the job
  absl::Duration waits_since_ ABSL_GUARDED_BY(mu_);  // monotonic
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_DEVICES_H_
