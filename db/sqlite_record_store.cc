#include "db/sqlite_record_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "db/log_fault.h"
#include "db/lookup.h"
#include "db/migrations.h"
#include "db/stored_message.h"
#include "proto/support/content_hash.h"
#include "proto/support/status_macros.h"
#include "proto/support/target_fingerprint.h"

namespace diapason::db {
namespace {

absl::Status CheckKey(absl::string_view value, absl::string_view name) {
  if (!value.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("cannot store what has no ", name));
}

// The same for equal schedules.
std::string ScheduleHash(const v1::Schedule& schedule) {
  std::string key = schedule.sketch_hash();
  for (const v1::KnobValue& knob : schedule.knobs())
    absl::StrAppend(&key, ";", knob.name(), "=", knob.value());
  return ContentHash(key);
}

// An emulator's times mean nothing.
bool HasTime(const v1::Record& record) {
  return record.outcome().kind() == v1::OUTCOME_KIND_OK && record.has_measurement() &&
         !record.measurement().conditions().emulated();
}

absl::StatusOr<StoredJob> ReadJob(const Statement& row) {
  StoredJob job;
  job.job_id = row.Text(0);
  DIAPASON_ASSIGN_OR_RETURN(job.request, ReadMessage<v1::SubmitJobRequest>(row, 1));
  DIAPASON_ASSIGN_OR_RETURN(job.status, ReadMessage<v1::JobStatus>(row, 2));
  return job;
}

// The one row that `statement` selects. NotFound: there is none.
absl::Status StepToRow(Statement& statement, absl::string_view what, absl::string_view key) {
  DIAPASON_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (row) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("the log has no ", what, " ", key));
}

}  // namespace

SqliteRecordStore::SqliteRecordStore(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

absl::StatusOr<std::unique_ptr<RecordStore>> SqliteRecordStore::Open(const std::string& path, OpenMode mode) {
  DIAPASON_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(path, mode));
  DIAPASON_RETURN_IF_ERROR(mode == OpenMode::kReadWrite ? Migrate(*connection, Migrations())
                                                        : CheckVersion(*connection, Migrations()));
  return std::unique_ptr<RecordStore>(new SqliteRecordStore(std::move(connection)));
}

// ---- what records refer to

absl::Status SqliteRecordStore::PutWorkload(const v1::Workload& workload) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(workload.id(), "workload id"));
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(
      Statement insert, connection_->Prepare("INSERT INTO workload VALUES (?, ?, ?) ON CONFLICT DO NOTHING"));
  return insert.BindText(workload.id())
      .BindText(workload.structure_id())
      .BindBlob(workload.SerializeAsString())
      .Run();
}

absl::Status SqliteRecordStore::PutSketch(const v1::Sketch& sketch) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(sketch.hash(), "sketch hash"));
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Statement insert,
                            connection_->Prepare("INSERT INTO sketch VALUES (?, ?) ON CONFLICT DO NOTHING"));
  return insert.BindText(sketch.hash()).BindBlob(sketch.SerializeAsString()).Run();
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
  DIAPASON_RETURN_IF_ERROR(CheckKey(record.trial_id(), "trial id"));
  DIAPASON_RETURN_IF_ERROR(CheckKey(record.target_fingerprint(), "target fingerprint"));
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Statement insert,
                            connection_->Prepare("INSERT INTO record (trial_id, job_id, workload_id, "
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
  HasTime(record) ? insert.BindReal(record.measurement().median_us()) : insert.BindNull();
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

absl::StatusOr<std::vector<v1::Record>> SqliteRecordStore::FindRecords(const RecordQuery& query) const {
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
  if (query.only_ok) conditions.push_back(absl::StrCat("outcome = ", v1::OUTCOME_KIND_OK));
  const std::string where =
      conditions.empty() ? "" : absl::StrCat(" WHERE ", absl::StrJoin(conditions, " AND "));
  const absl::string_view from =
      query.structure_id.empty() ? "record" : "record JOIN workload USING (workload_id)";

  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection_->Prepare(absl::StrCat("SELECT record.body FROM ", from, where,
                                                              " ORDER BY record.sequence DESC LIMIT ?")));
  for (const absl::string_view value : values) select.BindText(value);
  select.BindInt(query.limit > 0 ? query.limit : -1);
  return ReadMessages<v1::Record>(select);
}

// ---- winners

absl::Status SqliteRecordStore::PutWinner(absl::string_view workload_id, absl::string_view target_fingerprint,
                                          const Winner& winner) {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(
      Statement insert,
      connection_->Prepare("INSERT INTO winner (workload_id, target_fingerprint, trial_id, default_trial_id, "
                           "verdict, speed_up) VALUES (?, ?, ?, ?, ?, ?)"));
  insert.BindText(workload_id).BindText(target_fingerprint).BindText(winner.trial_id);
  winner.default_trial_id.empty() ? insert.BindNull() : insert.BindText(winner.default_trial_id);
  const absl::Status status = insert.BindInt(winner.verdict).BindReal(winner.speed_up).Run();
  if (!absl::IsNotFound(status)) return status;
  return absl::NotFoundError(absl::StrCat("winner ", winner.trial_id, ": it, its default ",
                                          winner.default_trial_id, " or the workload ", workload_id,
                                          " is not stored; store them first"));
}

absl::StatusOr<Winner> SqliteRecordStore::GetWinner(absl::string_view workload_id,
                                                    absl::string_view target_fingerprint) const {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(
      Statement select,
      connection_->Prepare(
          "SELECT trial_id, default_trial_id, verdict, speed_up FROM winner WHERE workload_id = ? "
          "AND target_fingerprint = ? ORDER BY sequence DESC LIMIT 1"));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(workload_id).BindText(target_fingerprint),
                                     "winner of workload", workload_id));
  return Winner{.trial_id = select.Text(0),
                .default_trial_id = select.Text(1),
                .verdict = static_cast<v1::Verdict>(select.Int(2)),
                .speed_up = select.Real(3)};
}

// ---- jobs

absl::Status SqliteRecordStore::PutJob(const StoredJob& job) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(job.job_id, "job id"));
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(
      Statement upsert, connection_->Prepare("INSERT INTO job (job_id, request, status) VALUES (?, ?, ?) ON "
                                             "CONFLICT (job_id) DO UPDATE SET status = excluded.status"));
  return upsert.BindText(job.job_id)
      .BindBlob(job.request.SerializeAsString())
      .BindBlob(job.status.SerializeAsString())
      .Run();
}

absl::StatusOr<StoredJob> SqliteRecordStore::GetJob(absl::string_view job_id) const {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection_->Prepare("SELECT job_id, request, status FROM job WHERE job_id = ?"));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(job_id), "job", job_id));
  return ReadJob(select);
}

absl::StatusOr<std::vector<StoredJob>> SqliteRecordStore::ListJobs() const {
  MutexLock lock(mu_);
  DIAPASON_ASSIGN_OR_RETURN(
      Statement select,
      connection_->Prepare("SELECT job_id, request, status FROM job ORDER BY sequence DESC"));
  std::vector<StoredJob> jobs;
  while (true) {
    DIAPASON_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return jobs;
    DIAPASON_ASSIGN_OR_RETURN(jobs.emplace_back(), ReadJob(select));
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
