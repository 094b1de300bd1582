#include "db/sql_record_store.h"

#include <utility>

#include "db/lookup.h"
#include "db/stored_decisions.h"
#include "db/stored_inputs.h"
#include "db/stored_jobs.h"
#include "db/stored_records.h"
#include "proto/base/status_macros.h"

namespace diapason::db {
namespace {

absl::Status InsertEntry(Connection& connection, const v1::LogEntry& entry, StoredEntries& stored) {
  switch (entry.entry_case()) {
    case v1::LogEntry::kWorkload:
      return InsertWorkload(connection, entry.workload());
    case v1::LogEntry::kSketch:
      return InsertSketch(connection, entry.sketch());
    case v1::LogEntry::kDecision:
      return InsertDecision(connection, entry.decision());
    case v1::LogEntry::kRecord: {
      const absl::Status status = InsertRecord(connection, entry.record());
      ++(absl::IsAlreadyExists(status) ? stored.known_records : stored.new_records);
      return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
    }
    case v1::LogEntry::ENTRY_NOT_SET:
      return absl::InvalidArgumentError("the entry contains no workload, sketch, record or decision");
  }
  return absl::InvalidArgumentError("the entry is of a kind that this release does not know");
}

}  // namespace

SqlRecordStore::SqlRecordStore(std::unique_ptr<LogLock> lock, std::unique_ptr<Connection> connection)
    : lock_(std::move(lock)), connection_(std::move(connection)) {}

// ---- Workloads, sketches and cost models

absl::Status SqlRecordStore::PutWorkload(const v1::Workload& workload) {
  MutexLock lock(mu_);
  return InsertWorkload(*connection_, workload);
}

absl::Status SqlRecordStore::PutSketch(const v1::Sketch& sketch) {
  MutexLock lock(mu_);
  return InsertSketch(*connection_, sketch);
}

absl::Status SqlRecordStore::PutCostModel(const v1::CostModel& model) {
  MutexLock lock(mu_);
  return ReplaceCostModel(*connection_, model);
}

absl::StatusOr<v1::CostModel> SqlRecordStore::GetCostModel(absl::string_view target_fingerprint) const {
  MutexLock lock(mu_);
  return ReadCostModel(*connection_, target_fingerprint);
}

absl::StatusOr<v1::Workload> SqlRecordStore::GetWorkload(absl::string_view id) const {
  MutexLock lock(mu_);
  return ReadWorkload(*connection_, id);
}

absl::StatusOr<v1::Sketch> SqlRecordStore::GetSketch(absl::string_view hash) const {
  MutexLock lock(mu_);
  return ReadSketch(*connection_, hash);
}

absl::StatusOr<std::vector<v1::Workload>> SqlRecordStore::FindWorkloads(absl::string_view prefix) const {
  MutexLock lock(mu_);
  return db::FindWorkloads(*connection_, prefix);
}

// ---- Records

absl::Status SqlRecordStore::PutRecord(const v1::Record& record) {
  MutexLock lock(mu_);
  return InsertRecord(*connection_, record);
}

absl::StatusOr<std::vector<v1::Record>> SqlRecordStore::FindRecords(const RecordQuery& query) const {
  MutexLock lock(mu_);
  return db::FindRecords(*connection_, query);
}

absl::Status SqlRecordStore::VisitRecords(const RecordQuery& query, const RecordVisitor& visit) const {
  int64_t last = 0;
  {
    MutexLock lock(mu_);
    DIAPASON_ASSIGN_OR_RETURN(last, SequenceBeforeFirst(*connection_, query));
  }
  while (true) {
    // Visitors may use the store. They are therefore called between two reads, while the lock is not held.
    std::vector<v1::Record> records;
    {
      MutexLock lock(mu_);
      DIAPASON_ASSIGN_OR_RETURN(records, ReadNextRecords(*connection_, query, last));
    }
    if (records.empty()) return absl::OkStatus();
    for (const v1::Record& record : records) DIAPASON_RETURN_IF_ERROR(visit(record));
  }
}

// ---- Several entries in one transaction

absl::StatusOr<StoredEntries> SqlRecordStore::PutEntries(absl::Span<const v1::LogEntry> entries,
                                                         size_t* failed) {
  StoredEntries stored;
  size_t unused = 0;
  size_t& index = failed != nullptr ? *failed : unused;
  index = entries.size();
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*connection_));
  for (size_t i = 0; i < entries.size(); ++i) {
    const absl::Status status = InsertEntry(*connection_, entries[i], stored);
    if (status.ok()) continue;
    if (!absl::IsUnavailable(status)) index = i;  // Unavailable is not the entry's fault
    return status;
  }
  DIAPASON_RETURN_IF_ERROR(transaction.Commit());
  return stored;
}

// ---- Decisions

absl::StatusOr<v1::Decision> SqlRecordStore::GetDecision(const TaskKey& task) const {
  MutexLock lock(mu_);
  return ReadStandingDecision(*connection_, task);
}

absl::StatusOr<v1::Decision> SqlRecordStore::FindDecision(absl::string_view trial_id) const {
  MutexLock lock(mu_);
  return db::FindDecision(*connection_, trial_id);
}

// ---- Jobs

absl::Status SqlRecordStore::PutJob(const StoredJob& job) {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*connection_));
  DIAPASON_RETURN_IF_ERROR(WriteJob(*connection_, job));
  return transaction.Commit();
}

absl::StatusOr<StoredJob> SqlRecordStore::GetJob(absl::string_view job_id) const {
  MutexLock lock(mu_);
  return ReadJob(*connection_, job_id);
}

absl::StatusOr<StoredJob> SqlRecordStore::GetJobOfRequest(absl::string_view request_id) const {
  MutexLock lock(mu_);
  return ReadJobOfRequest(*connection_, request_id);
}

absl::StatusOr<std::vector<v1::JobStatus>> SqlRecordStore::ListJobs() const {
  MutexLock lock(mu_);
  return db::ListJobs(*connection_);
}

absl::StatusOr<JobClaims> SqlRecordStore::ClaimJobs(absl::string_view server_id) {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*connection_));
  DIAPASON_ASSIGN_OR_RETURN(JobClaims claims, db::ClaimJobs(*connection_, server_id));
  DIAPASON_RETURN_IF_ERROR(transaction.Commit());
  return claims;
}

absl::Status SqlRecordStore::ReleaseJobs(absl::string_view server_id) {
  MutexLock lock(mu_);
  return db::ReleaseJobs(*connection_, server_id);
}

// ---- Queries over the whole log

absl::StatusOr<v1::LookupResult> SqlRecordStore::Lookup(const v1::Workload& workload,
                                                        const v1::Target& target,
                                                        const v1::LookupOptions& options) const {
  MutexLock lock(mu_);
  return WalkLadder(*connection_, workload, target, options);
}

absl::StatusOr<v1::Target> SqlRecordStore::FindTargetOfDevice(absl::string_view device_id) const {
  MutexLock lock(mu_);
  return db::FindTargetOfDevice(*connection_, device_id);
}

absl::Status SqlRecordStore::Check() const {
  MutexLock lock(mu_);
  return connection_->Check();
}

}  // namespace diapason::db
