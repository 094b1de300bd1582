// The devices that work for one job, as its run sees them. Thread-safe.
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
  // A run that no device works for fails after `most_wait`. What is referred to outlives this.
  JobDevices(Measurer& measurer, const Clock& clock, RunSignal& signal, absl::Duration most_wait,
             v1::DeviceSelector selector, std::string job_id);

  // For the job's thread: asks the tracker, at most every two seconds.
  void Update();

  // How many that the job may use are connected; 1 until the tracker was asked.
  int connected() const;

  // Why no device works for the job, and for how long it has waited, in one line. Empty: one does.
  std::string WaitingFor() const;

 private:
  void NoteWait(const std::string& reason, absl::Duration now);

  Measurer& measurer_;
  const Clock& clock_;
  RunSignal& signal_;
  const absl::Duration most_wait_;
  const v1::DeviceSelector selector_;
  const std::string job_id_;
  absl::Duration asked_at_;  // monotonic; the job's thread's own

  mutable Mutex mu_;
  int connected_ ABSL_GUARDED_BY(mu_) = 1;
  std::string waits_for_ ABSL_GUARDED_BY(mu_);       // empty: nothing
  absl::Duration waits_since_ ABSL_GUARDED_BY(mu_);  // monotonic
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_DEVICES_H_
