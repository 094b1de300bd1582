// Writes to the tuning log for one run of a job. Thread-safe.
//
// If another process has locked the log or its disk is full, this may pass. So writes are repeated for at
// most JobConfig::patience_with_log, and the job's status says meanwhile what it waits for.
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
  // `server_id` and `starts` are those of StoredJob. All references must outlive this object.
  JobLog(db::RecordStore& store, const Clock& clock, RunSignal& signal, absl::Duration patience,
         std::string job_id, std::string server_id, int starts);

  // Stores the record of a trial. Sets `is_new` to false if it is stored already. If it returns an error,
  // the record is not stored, and the caller tries again later. The run fails if the log cannot be written
  // for too long.
  absl::Status PutRecord(const v1::Record& record, bool& is_new);

  // Stores the records and the decision of a comparison in one transaction. Errors are treated as in
  // PutRecord.
  absl::Status PutEntries(absl::Span<const v1::LogEntry> entries);

  // Stores the job's status and how often it was started. Returns the errors of RecordStore::PutJob.
  absl::Status PutStatus(const v1::JobStatus& status);

  // Calls `step` until it does not return Unavailable, or it was repeated for too long, or `give_up`
  // returns true. Returns the last status of `step`. Blocks; only the job's thread may call it.
  absl::Status TryUntilAvailable(const std::function<absl::Status()>& step,
                                 const std::function<bool()>& give_up);

  // Returns the last error of writing or reading the log, in one line, or an empty string if the last
  // access worked.
  std::string write_error() const;

  // Count how often the job was started without a new result (resume_policy.h).
  void CountStart();
  void ResetStarts();     // the server ends the run in an orderly way
  void RecordProgress();  // a new result is stored
  // Returns true if RecordProgress has changed the count since the last call; the status must then be
  // stored.
  bool TakeUnsavedProgress();

 private:
  void SetWriteError(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Records the result of a write, and fails the run if the log has not been writable for too long.
  absl::Status RecordWrite(const absl::Status& status);

  db::RecordStore& store_;
  const Clock& clock_;
  RunSignal& signal_;
  const absl::Duration patience_;
  const std::string job_id_;
  const std::string server_id_;

  mutable Mutex mu_;
  std::string write_error_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Duration> fails_since_ ABSL_GUARDED_BY(mu_);  // monotonic
  int starts_ ABSL_GUARDED_BY(mu_);
  bool unsaved_progress_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_LOG_H_
