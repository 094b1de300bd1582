// A RecordStore in SQL, with one connection to the engine and one mutex. A commit costs a write to disk
// (about a millisecond) and a look-up tens of microseconds, so several connections would not be faster.
#ifndef DIAPASON_DB_SQL_RECORD_STORE_H_
#define DIAPASON_DB_SQL_RECORD_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "db/log_lock.h"
#include "db/record_store.h"
#include "db/sql_connection.h"
#include "proto/base/mutex.h"

namespace diapason::db {

// The implementation of RecordStore that OpenRecordStore returns. RecordStore documents its functions.
class SqlRecordStore : public RecordStore {
 public:
  // `connection` is to a log of the newest version. `lock` is null unless the log is a file that this
  // process serves; it is destroyed after the connection.
  SqlRecordStore(std::unique_ptr<LogLock> lock, std::unique_ptr<Connection> connection);

  absl::Status PutWorkload(const v1::Workload& workload) override;
  absl::Status PutSketch(const v1::Sketch& sketch) override;
  absl::StatusOr<v1::Workload> GetWorkload(absl::string_view id) const override;
  absl::StatusOr<v1::Sketch> GetSketch(absl::string_view hash) const override;
  absl::StatusOr<std::vector<v1::Workload>> FindWorkloads(absl::string_view prefix) const override;

  absl::Status PutRecord(const v1::Record& record) override;
  absl::StatusOr<std::vector<v1::Record>> FindRecords(const RecordQuery& query) const override;

  absl::Status VisitRecords(const RecordQuery& query, const RecordVisitor& visit) const override;

  absl::StatusOr<StoredEntries> PutEntries(absl::Span<const v1::LogEntry> entries, size_t* failed) override;
  absl::Status PutCostModel(const v1::CostModel& model) override;
  absl::StatusOr<v1::CostModel> GetCostModel(absl::string_view target_fingerprint) const override;
  absl::StatusOr<v1::Decision> GetDecision(const TaskKey& task) const override;
  absl::StatusOr<v1::Decision> FindDecision(absl::string_view trial_id) const override;

  absl::Status PutJob(const StoredJob& job) override;
  absl::StatusOr<StoredJob> GetJob(absl::string_view job_id) const override;
  absl::StatusOr<StoredJob> GetJobOfRequest(absl::string_view request_id) const override;
  absl::StatusOr<std::vector<v1::JobStatus>> ListJobs() const override;
  absl::StatusOr<JobClaims> ClaimJobs(absl::string_view server_id) override;
  absl::Status ReleaseJobs(absl::string_view server_id) override;

  absl::StatusOr<v1::LookupResult> Lookup(const v1::Workload& workload, const v1::Target& target,
                                          const v1::LookupOptions& options) const override;

  absl::StatusOr<v1::Target> FindTargetOfDevice(absl::string_view device_id) const override;

  absl::Status Check() const override;

 private:
  const std::unique_ptr<LogLock> lock_;
  mutable Mutex mu_;
  const std::unique_ptr<Connection> connection_ ABSL_PT_GUARDED_BY(mu_);
};

}  // namespace diapason::db

#endif  // DIAPASON_DB_SQL_RECORD_STORE_H_
