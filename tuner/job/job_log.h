// The tuning log as one run of a job writes to it.
//
// A log that another process has locked, or whose disk is full, passes: writes are tried again for at most
// JobConfig::patience_with_log, and meanwhile the job says what it waits for. Thread-safe.
#ifndef DIAPASON_TUNER_JOB_JOB_LOG_H_
#define DIAPASON_TUNER_JOB_JOB_LOG_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "db/record_store.h"
#include "diapason/v1/log.pb.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "proto/base/clock.h"
#include "proto/base/mutex.h"
#include "tuner/job/run_signal.h"

namespace diapason::tuner {

class JobLog {
 public:
  // `starts` is StoredJob::starts. What is referred to outlives this.
  JobLog(db::RecordStore& store, const Clock& clock, RunSignal& signal, absl::Duration patience,
         std::string job_id, int starts);

  // Stores the record of a trial. `is_new` becomes false if it is stored already. An error: it is not stored,
  // and the caller tries again later; a run whose log cannot be written for too long fails.
  absl::Status PutRecord(const v1::Record& record, bool& is_new);

  // Stores the records and the decision of a comparison together. Errors: as above.
  absl::Status PutEntries(absl::Span<const v1::LogEntry> entries);

  // Stores the status of the job and how often it was begun. The errors are those of RecordStore::PutJob.
  absl::Status PutStatus(const v1::JobStatus& status);

  // Does `step` until it is not Unavailable, the patience is over, or `give_up` says so. Returns its last
  // status. For the job's thread.
  absl::Status TryUntilAvailable(const std::function<absl::Status()>& step,
                                 const std::function<bool()>& give_up);

  // What a write waits for, in one line. Empty: for nothing.
  std::string trouble() const;

  // How often the job was begun without a new result: see resume_policy.h.
  void CountStart();
  void ResetStarts();   // the job is left in an orderly way
  void NoteProgress();  // a new result is stored
  // True, once, after NoteProgress has changed the count, which then must be stored.
  bool TakeUnsavedProgress();

 private:
  void SetTrouble(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Notes how a write ended, and fails the run where the log cannot be written for too long.
  absl::Status NoteWrite(const absl::Status& status);

  db::RecordStore& store_;
  const Clock& clock_;
  RunSignal& signal_;
  const absl::Duration patience_;
  const std::string job_id_;

  mutable Mutex mu_;
  std::string trouble_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Duration> fails_since_ ABSL_GUARDED_BY(mu_);  // monotonic
  int starts_ ABSL_GUARDED_BY(mu_);
  bool unsaved_progress_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_LOG_H_
