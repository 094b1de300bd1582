// How the parts of a job's run tell each other that something has changed, and that the run is to end.
//
// Thread-safe. Its lock is the innermost: calls may be made with the lock of a part held.
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
  // The status that users see is another one, or the job's thread has something to do.
  void Changed();

  // Why the run ends. It is up to the job's thread to see it; of several failures the first counts.
  void RequestStop();    // the job goes on when the server is back
  void RequestCancel();  // a user does not want the job any more
  void Fail(const absl::Status& why);

  bool ending() const;  // for any of the three reasons
  bool stopping() const;
  bool cancelled() const;
  absl::Status failure() const;  // OK: none

  // The job's thread has come to its end.
  void SetEnded();

  // For the job's thread: waits until something has changed since its last call, at most for `timeout`.
  void WaitForEvent(absl::Duration timeout);

  // For watchers: waits until the status is newer than `version`, the run has ended, or the time is up.
  // Returns the version of the status as it is then.
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
