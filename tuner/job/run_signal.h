// Through this object the parts of a job's run tell each other that something has changed or that the run
// must end. Thread-safe. Its lock is taken last, so its functions may be called with the lock of a part
// held.
#ifndef DIAPASON_TUNER_JOB_RUN_SIGNAL_H_
#define DIAPASON_TUNER_JOB_RUN_SIGNAL_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "proto/base/mutex.h"

namespace diapason::tuner {

class RunSignal {
 public:
  // Call it when the status that users see has changed, or when the job's thread has something to do.
  void Changed();

  // Three reasons to end the run. The job's thread sees them at its next step. Only the first failure
  // counts.
  void RequestStop();                  // the job continues when the server starts again
  void RequestCancel();                // a user has cancelled the job
  void Fail(const absl::Status& why);  // `why` must be an error

  bool ending() const;           // true for any of the three reasons
  bool stopping() const;         // true after RequestStop
  bool cancelled() const;        // true after RequestCancel
  absl::Status failure() const;  // OK if there was none

  // Call it when the job's thread has done its last step.
  void SetEnded();

  // Waits until something has changed since its last call, at most for `timeout`. Only the job's thread
  // may call it.
  void WaitForEvent(absl::Duration timeout);

  // Waits until the status is newer than `version`, the run has ended, or `timeout` is over. Returns the
  // version of the current status.
  int64_t WaitForChange(int64_t version, absl::Duration timeout) const;

 private:
  bool EndingLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ChangedLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable Mutex mu_;
  mutable CondVar changed_;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  bool cancel_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
  int64_t version_ ABSL_GUARDED_BY(mu_) = 1;
  int64_t seen_by_thread_ ABSL_GUARDED_BY(mu_) = 0;  // the version at the end of the last WaitForEvent
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_RUN_SIGNAL_H_
