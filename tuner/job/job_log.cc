#include "tuner/job/job_log.h"

#include <utility>

#include "proto/base/status_macros.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kRetryEvery = absl::Seconds(1);

}  // namespace

JobLog::JobLog(db::RecordStore& store, const Clock& clock, RunSignal& signal, absl::Duration patience,
               std::string job_id, std::string server_id, int starts)
    : store_(store),
      clock_(clock),
      signal_(signal),
      patience_(patience),
      job_id_(std::move(job_id)),
      server_id_(std::move(server_id)),
      starts_(starts) {}

absl::Status JobLog::PutRecord(const v1::Record& record, bool& is_new) {
  const absl::Status status = store_.PutRecord(record);
  is_new = status.ok();
  return RecordWrite(absl::IsAlreadyExists(status) ? absl::OkStatus() : status);
}

absl::Status JobLog::PutEntries(absl::Span<const v1::LogEntry> entries) {
  return RecordWrite(store_.PutEntries(entries).status());
}

absl::Status JobLog::PutStatus(const v1::JobStatus& status) {
  db::StoredJob job;  // without the request, which is stored already
  job.job_id = job_id_;
  job.server_id = server_id_;
  job.status = status;
  {
    MutexLock lock(mu_);
    job.starts = starts_;
  }
  return store_.PutJob(job);
}

absl::Status JobLog::TryUntilAvailable(const std::function<absl::Status()>& step,
                                       const std::function<bool()>& give_up) {
  const absl::Duration begin = clock_.Monotonic();
  while (true) {
    const absl::Status status = step();
    {
      MutexLock lock(mu_);
      SetWriteError(absl::IsUnavailable(status) ? status : absl::OkStatus());
    }
    if (!absl::IsUnavailable(status) || give_up() || clock_.Monotonic() - begin > patience_) return status;
    signal_.WaitForEvent(kRetryEvery);
  }
}

absl::Status JobLog::RecordWrite(const absl::Status& status) {
  bool too_long = false;
  {
    MutexLock lock(mu_);
    SetWriteError(status);
    if (status.ok()) {
      fails_since_.reset();
      return status;
    }
    const absl::Duration now = clock_.Monotonic();
    if (!fails_since_) fails_since_ = now;
    too_long = !absl::IsUnavailable(status) || now - *fails_since_ > patience_;
  }
  if (too_long) signal_.Fail(WithContext(status, "the log cannot be written"));
  return status;
}

void JobLog::SetWriteError(const absl::Status& status) {
  const std::string write_error = status.ok() ? "" : std::string(status.message());
  if (write_error == write_error_) return;
  write_error_ = write_error;
  signal_.Changed();
}

std::string JobLog::write_error() const {
  MutexLock lock(mu_);
  return write_error_;
}

void JobLog::CountStart() {
  MutexLock lock(mu_);
  ++starts_;
}

void JobLog::ResetStarts() {
  MutexLock lock(mu_);
  starts_ = 0;
}

void JobLog::RecordProgress() {
  MutexLock lock(mu_);
  if (starts_ == 0) return;
  starts_ = 0;
  unsaved_progress_ = true;
}

bool JobLog::TakeUnsavedProgress() {
  MutexLock lock(mu_);
  return std::exchange(unsaved_progress_, false);
}

}  // namespace diapason::tuner
