#include "db/sqlite_record_store.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "db/decision_rule.h"
#include "db/log_fault.h"
#include "db/lookup.h"
#include "db/migrations.h"
#include "db/stored_message.h"
#include "proto/base/status_macros.h"
#include "proto/domain/record_time.h"
#include "proto/domain/schedule_hash.h"
#include "proto/domain/target_fingerprint.h"

namespace diapason::db {
namespace {

constexpr int64_t kRecordsAtOnce = 64;  // held in memory while all of a log is read

absl::Status CheckKey(absl::string_view value, absl::string_view name) {
  if (!value.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("cannot store what has no ", name));
}

// The columns of kJobColumns.
constexpr absl::string_view kJobColumns = "job_id, request, status, starts";
absl::StatusOr<StoredJob> ReadJob(const Statement& row) {
  StoredJob job;
  job.job_id = row.Text(0);
  DIAPASON_ASSIGN_OR_RETURN(job.request, ReadMessage<v1::SubmitJobRequest>(row, 1));
  DIAPASON_ASSIGN_OR_RETURN(job.status, ReadMessage<v1::JobStatus>(row, 2));
  job.starts = static_cast<int>(row.Int(3));
  return job;
}

constexpr absl::string_view kDecisionColumns =
    "workload_id, target_fingerprint, trial_id, default_trial_id, verdict, speed_up, incumbent_trial_id";
v1::Decision ReadDecision(const Statement& row) {
  v1::Decision decision;
  decision.set_workload_id(row.Text(0));
  decision.set_target_fingerprint(row.Text(1));
  decision.set_trial_id(row.Text(2));
  decision.set_default_trial_id(row.Text(3));
  decision.set_verdict(static_cast<v1::Verdict>(row.Int(4)));
  decision.set_speed_up(row.Real(5));
  decision.set_incumbent_trial_id(row.Text(6));
  return decision;
}

void BindOptionalText(Statement& statement, absl::string_view value) {
  value.empty() ? statement.BindNull() : statement.BindText(value);
}

// The one row that `statement` selects. NotFound: there is none.
absl::Status StepToRow(Statement& statement, absl::string_view what, absl::string_view key) {
  DIAPASON_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (row) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("the log has no ", what, " ", key));
}

// ---- single writes, each inside of whatever transaction is open

absl::Status InsertWorkload(Connection& connection, const v1::Workload& workload) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(workload.id(), "workload id"));
  DIAPASON_ASSIGN_OR_RETURN(
      Statement insert, connection.Prepare("INSERT INTO workload VALUES (?, ?, ?) ON CONFLICT DO NOTHING"));
  return insert.BindText(workload.id())
      .BindText(workload.structure_id())
      .BindBlob(workload.SerializeAsString())
      .Run();
}

absl::Status InsertSketch(Connection& connection, const v1::Sketch& sketch) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(sketch.hash(), "sketch hash"));
  DIAPASON_ASSIGN_OR_RETURN(Statement insert,
                            connection.Prepare("INSERT INTO sketch VALUES (?, ?) ON CONFLICT DO NOTHING"));
  return insert.BindText(sketch.hash()).BindBlob(sketch.SerializeAsString()).Run();
}

absl::Status InsertRecord(Connection& connection, const v1::Record& record) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(record.trial_id(), "trial id"));
  DIAPASON_RETURN_IF_ERROR(CheckKey(record.target_fingerprint(), "target fingerprint"));
  DIAPASON_ASSIGN_OR_RETURN(Statement insert,
                            connection.Prepare("INSERT INTO record (trial_id, job_id, workload_id, "
                                               "sketch_hash, schedule_hash, target_fingerprint, "
                                               "target_class, protocol_version, outcome, time_us, body) "
                                               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.BindText(record.trial_id())
      .BindText(record.job_id())
      .BindText(record.workload_id())
      .BindText(record.schedule().sketch_hash())
      .BindText(ScheduleHash(record.schedule()))
      .BindText(record.target_fingerprint())
      .BindText(TargetClass(record.target()))
      .BindInt(record.protocol_version())
      .BindInt(record.outcome().kind());
  const std::optional<double> time_us = RecordTimeUs(record);
  time_us ? insert.BindReal(*time_us) : insert.BindNull();
  const absl::Status status = insert.BindBlob(record.SerializeAsString()).Run();
  if (absl::IsAlreadyExists(status)) {
    return absl::AlreadyExistsError(absl::StrCat("trial ", record.trial_id(), " is stored"));
  }
  if (absl::IsNotFound(status)) {
    return absl::NotFoundError(
        absl::StrCat("trial ", record.trial_id(), ": its workload ", record.workload_id(), " or its sketch ",
                     record.schedule().sketch_hash(), " is not stored; store them first"));
  }
  return status;
}

absl::StatusOr<v1::Decision> StandingDecision(Connection& connection, absl::string_view workload_id,
                                              absl::string_view target_fingerprint) {
  DIAPASON_ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare(absl::StrCat("SELECT ", kDecisionColumns,
                                      " FROM decision WHERE workload_id = ? AND target_fingerprint = ?")));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(workload_id).BindText(target_fingerprint),
                                     "decision for workload", workload_id));
  return ReadDecision(select);
}

absl::StatusOr<bool> IsStored(Connection& connection, const v1::Decision& decision) {
  DIAPASON_ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare(
          "SELECT 1 FROM winner WHERE trial_id = ? AND workload_id = ? AND target_fingerprint = ?"));
  return select.BindText(decision.trial_id())
      .BindText(decision.workload_id())
      .BindText(decision.target_fingerprint())
      .Step();
}

absl::Status InsertDecision(Connection& connection, const v1::Decision& decision) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(decision.trial_id(), "trial id"));
  DIAPASON_RETURN_IF_ERROR(CheckKey(decision.target_fingerprint(), "target fingerprint"));
  DIAPASON_ASSIGN_OR_RETURN(const bool known, IsStored(connection, decision));
  if (known) return absl::OkStatus();
  const auto standing = StandingDecision(connection, decision.workload_id(), decision.target_fingerprint());
  if (!standing.ok() && !absl::IsNotFound(standing.status())) return standing.status();
  const bool counts = !standing.ok() || Replaces(*standing, decision);
  DIAPASON_ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare("INSERT INTO winner (workload_id, target_fingerprint, trial_id, default_trial_id, "
                         "verdict, speed_up, incumbent_trial_id, counts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.BindText(decision.workload_id())
      .BindText(decision.target_fingerprint())
      .BindText(decision.trial_id());
  BindOptionalText(insert, decision.default_trial_id());
  insert.BindInt(decision.verdict()).BindReal(decision.speed_up());
  BindOptionalText(insert, decision.incumbent_trial_id());
  const absl::Status status = insert.BindInt(counts ? 1 : 0).Run();
  if (!absl::IsNotFound(status)) return status;
  return absl::NotFoundError(absl::StrCat(
      "the decision for trial ", decision.trial_id(), ": it, its default ", decision.default_trial_id(),
      " or the workload ", decision.workload_id(), " is not stored; store them first"));
}

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
      return absl::InvalidArgumentError("the entry is empty");
  }
  return absl::InvalidArgumentError("the entry is of an unknown kind");
}

// ---- jobs

bool HasEnded(v1::JobState state) {
  return state != v1::JOB_STATE_RUNNING && state != v1::JOB_STATE_UNSPECIFIED;
}

// Nullopt: no such job.
absl::StatusOr<std::optional<v1::JobState>> StoredState(Connection& connection, absl::string_view job_id) {
  DIAPASON_ASSIGN_OR_RETURN(Statement select, connection.Prepare("SELECT status FROM job WHERE job_id = ?"));
  DIAPASON_ASSIGN_OR_RETURN(const bool known, select.BindText(job_id).Step());
  if (!known) return std::nullopt;
  DIAPASON_ASSIGN_OR_RETURN(const v1::JobStatus status, ReadMessage<v1::JobStatus>(select, 0));
  return status.state();
}

absl::Status InsertJob(Connection& connection, const StoredJob& job) {
  DIAPASON_ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare(
          "INSERT INTO job (job_id, request, status, request_id, starts) VALUES (?, ?, ?, ?, ?)"));
  insert.BindText(job.job_id)
      .BindBlob(job.request.SerializeAsString())
      .BindBlob(job.status.SerializeAsString());
  BindOptionalText(insert, job.request.request_id());
  const absl::Status status = insert.BindInt(job.starts).Run();
  if (!absl::IsAlreadyExists(status)) return status;
  return absl::AlreadyExistsError(absl::StrCat("another job has the request id ", job.request.request_id()));
}

absl::Status UpdateJob(Connection& connection, const StoredJob& job) {
  DIAPASON_ASSIGN_OR_RETURN(Statement update,
                            connection.Prepare("UPDATE job SET status = ?, starts = ? WHERE job_id = ?"));
  return update.BindBlob(job.status.SerializeAsString()).BindInt(job.starts).BindText(job.job_id).Run();
}

// ---- queries of records

// `columns` of the records that `query` finds, newest first and at most its limit. With `cursor`, a condition with one
// parameter: oldest first, and the parameters that remain to be bound are the cursor's and the number of rows.
absl::StatusOr<Statement> SelectRecords(Connection& connection, absl::string_view columns,
                                        const RecordQuery& query, absl::string_view cursor) {
  std::vector<std::string> conditions;
  std::vector<absl::string_view> values;
  const auto require = [&](absl::string_view column, absl::string_view value) {
    if (value.empty()) return;
    conditions.push_back(absl::StrCat(column, " = ?"));
    values.push_back(value);
  };
  require("workload_id", query.workload_id);
  require("target_fingerprint", query.target_fingerprint);
  require("job_id", query.job_id);
  require("structure_id", query.structure_id);
  require("trial_id", query.trial_id);
  if (query.only_ok) conditions.push_back(absl::StrCat("outcome = ", v1::OUTCOME_KIND_OK));
  if (!cursor.empty()) conditions.push_back(std::string(cursor));
  const std::string where =
      conditions.empty() ? "" : absl::StrCat(" WHERE ", absl::StrJoin(conditions, " AND "));
  const absl::string_view from =
      query.structure_id.empty() ? "record" : "record JOIN workload USING (workload_id)";
  DIAPASON_ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare(absl::StrCat("SELECT ", columns, " FROM ", from, where, " ORDER BY record.sequence ",
                                      cursor.empty() ? "DESC" : "ASC", " LIMIT ?")));
  for (const absl::string_view value : values) select.BindText(value);
  if (cursor.empty()) select.BindInt(query.limit > 0 ? query.limit : -1);
  return select;
}

// Brings a log of an older version to the newest while nobody owns it; `connection` is opened anew meanwhile, since the
// lock must be taken and given back without one.
absl::Status MigrateAsOwner(const std::string& path, int64_t version,
                            std::unique_ptr<Connection>& connection) {
  connection.reset();
  {
    auto lock = LogLock::Acquire(path);
    if (!lock.ok()) {
      return WithContext(lock.status(),
                         absl::StrCat(path, " is of version ", version, " and has to become version ",
                                      Migrations().size(), " before this program writes to it"));
    }
    DIAPASON_ASSIGN_OR_RETURN(connection, Connection::Open(path, OpenMode::kReadWrite));
    const absl::Status status = Migrate(*connection, Migrations());
    connection.reset();
    DIAPASON_RETURN_IF_ERROR(status);
  }
  DIAPASON_ASSIGN_OR_RETURN(connection, Connection::Open(path, OpenMode::kReadWrite));
  return absl::OkStatus();
}

}  // namespace

SqliteRecordStore::SqliteRecordStore(std::unique_ptr<LogLock> lock, std::unique_ptr<Connection> connection)
    : lock_(std::move(lock)), connection_(std::move(connection)) {}

absl::StatusOr<std::unique_ptr<RecordStore>> SqliteRecordStore::Open(const std::string& path, OpenMode mode) {
  std::unique_ptr<LogLock> lock;
  if (mode == OpenMode::kOwn) {
    auto acquired = LogLock::Acquire(path);
    if (!acquired.ok()) {
      // SQLite says better why a file cannot be opened.
      if (absl::IsUnavailable(acquired.status())) {
        DIAPASON_RETURN_IF_ERROR(Connection::Open(path, mode).status());
      }
      return acquired.status();
    }
    lock = *std::move(acquired);
  }
  DIAPASON_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(path, mode));
  if (mode == OpenMode::kReadOnly) {
    DIAPASON_RETURN_IF_ERROR(PrepareReading(*connection, ReadingViews()));
  } else {
    const auto newest = static_cast<int64_t>(Migrations().size());
    DIAPASON_ASSIGN_OR_RETURN(const int64_t version, ReadVersion(*connection, newest));
    if (lock == nullptr && version > 0 && version < newest) {
      DIAPASON_RETURN_IF_ERROR(MigrateAsOwner(path, version, connection));
    } else {
      DIAPASON_RETURN_IF_ERROR(Migrate(*connection, Migrations()));
    }
  }
  return std::unique_ptr<RecordStore>(new SqliteRecordStore(std::move(lock), std::move(connection)));
}

// ---- what records refer to

absl::Status SqliteRecordStore::PutWorkload(const v1::Workload& workload) {
  MutexLock lock(mu_);
  return InsertWorkload(*connection_, workload);
}

absl::Status SqliteRecordStore::PutSketch(const v1::Sketch& sketch) {
  MutexLock lock(mu_);
  return InsertSketch(*connection_, sketch);
}

absl::StatusOr<v1::Workload> SqliteRecordStore::GetWorkload(absl::string_view id) const {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection_->Prepare("SELECT body FROM workload WHERE workload_id = ?"));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(id), "workload", id));
  return ReadMessage<v1::Workload>(select, 0);
}

absl::StatusOr<v1::Sketch> SqliteRecordStore::GetSketch(absl::string_view hash) const {
  MutexLock lock(mu_);
  return ReadSketch(*connection_, hash);
}

absl::StatusOr<std::vector<v1::Workload>> SqliteRecordStore::FindWorkloads(absl::string_view prefix) const {
  MutexLock lock(mu_);
  // Identifiers are ASCII: DEL sorts after all of it.
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection_->Prepare("SELECT body FROM workload WHERE workload_id >= ?1 AND "
                                                 "workload_id < ?1 || x'7f' ORDER BY workload_id"));
  select.BindText(prefix);
  return ReadMessages<v1::Workload>(select);
}

// ---- records

absl::Status SqliteRecordStore::PutRecord(const v1::Record& record) {
  MutexLock lock(mu_);
  return InsertRecord(*connection_, record);
}

absl::StatusOr<std::vector<v1::Record>> SqliteRecordStore::FindRecords(const RecordQuery& query) const {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Statement select, SelectRecords(*connection_, "record.body", query, ""));
  return ReadMessages<v1::Record>(select);
}

absl::Status SqliteRecordStore::VisitRecords(const RecordQuery& query, const RecordVisitor& visit) const {
  int64_t last = 0;  // sequence of the last record that was visited; they begin at 1
  if (query.limit > 0) {
    MutexLock lock(mu_);
    DIAPASON_ASSIGN_OR_RETURN(Statement select, SelectRecords(*connection_, "record.sequence", query, ""));
    while (true) {
      DIAPASON_ASSIGN_OR_RETURN(const bool row, select.Step());
      if (!row) break;
      last = select.Int(0) - 1;
    }
  }
  while (true) {
    // Visitors may use the store, so they are called between two reads, without the lock.
    std::vector<v1::Record> batch;
    {
      MutexLock lock(mu_);
      DIAPASON_ASSIGN_OR_RETURN(Statement select, SelectRecords(*connection_, "record.body, record.sequence",
                                                                query, "record.sequence > ?"));
      select.BindInt(last).BindInt(kRecordsAtOnce);
      while (true) {
        DIAPASON_ASSIGN_OR_RETURN(const bool row, select.Step());
        if (!row) break;
        DIAPASON_ASSIGN_OR_RETURN(batch.emplace_back(), ReadMessage<v1::Record>(select, 0));
        last = select.Int(1);
      }
    }
    if (batch.empty()) return absl::OkStatus();
    for (const v1::Record& record : batch) DIAPASON_RETURN_IF_ERROR(visit(record));
  }
}

// ---- several entries at once

absl::StatusOr<StoredEntries> SqliteRecordStore::PutEntries(absl::Span<const v1::LogEntry> entries,
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
    if (!absl::IsUnavailable(status)) index = i;  // else no entry is to blame
    return status;
  }
  DIAPASON_RETURN_IF_ERROR(transaction.Commit());
  return stored;
}

// ---- decisions

absl::StatusOr<v1::Decision> SqliteRecordStore::GetDecision(absl::string_view workload_id,
                                                            absl::string_view target_fingerprint) const {
  MutexLock lock(mu_);
  return StandingDecision(*connection_, workload_id, target_fingerprint);
}

absl::StatusOr<v1::Decision> SqliteRecordStore::FindDecision(absl::string_view trial_id) const {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(
      Statement select,
      connection_->Prepare(absl::StrCat("SELECT ", kDecisionColumns,
                                        " FROM winner WHERE trial_id = ? ORDER BY sequence DESC LIMIT 1")));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(trial_id), "decision for trial", trial_id));
  return ReadDecision(select);
}

// ---- jobs

absl::Status SqliteRecordStore::PutJob(const StoredJob& job) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(job.job_id, "job id"));
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*connection_));
  DIAPASON_ASSIGN_OR_RETURN(const std::optional<v1::JobState> stored, StoredState(*connection_, job.job_id));
  if (!stored) {
    DIAPASON_RETURN_IF_ERROR(InsertJob(*connection_, job));
  } else if (HasEnded(*stored) && *stored != job.status.state()) {
    // An end is final: a server that has not heard of it, and saves how far the job has come, does not undo it.
    return absl::FailedPreconditionError(
        absl::StrCat("job ", job.job_id, " has already ended as ", v1::JobState_Name(*stored)));
  } else {
    DIAPASON_RETURN_IF_ERROR(UpdateJob(*connection_, job));
  }
  return transaction.Commit();
}

absl::StatusOr<StoredJob> SqliteRecordStore::GetJob(absl::string_view job_id) const {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Statement select, connection_->Prepare(absl::StrCat(
                                                  "SELECT ", kJobColumns, " FROM job WHERE job_id = ?")));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(job_id), "job", job_id));
  return ReadJob(select);
}

absl::StatusOr<StoredJob> SqliteRecordStore::GetJobOfRequest(absl::string_view request_id) const {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Statement select, connection_->Prepare(absl::StrCat(
                                                  "SELECT ", kJobColumns, " FROM job WHERE request_id = ?")));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(request_id), "job of request", request_id));
  return ReadJob(select);
}

absl::StatusOr<std::vector<v1::JobStatus>> SqliteRecordStore::ListJobs() const {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection_->Prepare("SELECT status, job_id FROM job ORDER BY sequence DESC"));
  std::vector<v1::JobStatus> jobs;
  while (true) {
    DIAPASON_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return jobs;
    DIAPASON_ASSIGN_OR_RETURN(jobs.emplace_back(), ReadMessage<v1::JobStatus>(select, 0));
    jobs.back().set_job_id(select.Text(1));
  }
}

// ---- models

absl::Status SqliteRecordStore::PutModel(absl::string_view name, absl::string_view bytes) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(name, "model name"));
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(
      Statement upsert,
      connection_->Prepare("INSERT INTO model VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET "
                           "body = excluded.body"));
  return upsert.BindText(name).BindBlob(bytes).Run();
}

absl::StatusOr<std::string> SqliteRecordStore::GetModel(absl::string_view name) const {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Statement select, connection_->Prepare("SELECT body FROM model WHERE name = ?"));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(name), "cost model", name));
  return select.Blob(0);
}

// ---- the whole

absl::StatusOr<v1::LookupResult> SqliteRecordStore::Lookup(const v1::Workload& workload,
                                                           const v1::Target& target) const {
  MutexLock lock(mu_);
  return WalkLadder(*connection_, workload, target);
}

absl::StatusOr<v1::Target> SqliteRecordStore::FindTargetOfDevice(absl::string_view device_id) const {
  MutexLock lock(mu_);
  return db::FindTargetOfDevice(*connection_, device_id);
}

absl::Status SqliteRecordStore::Check() const {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Statement check, connection_->Prepare("PRAGMA integrity_check(1)"));
  DIAPASON_RETURN_IF_ERROR(check.Step().status());
  const std::string verdict = check.Text(0);
  if (verdict == "ok") return absl::OkStatus();
  return LogFault(absl::DataLossError(
      absl::StrCat(connection_->path(), ": ", verdict, "; restore a copy or start a new log")));
}

}  // namespace diapason::db
