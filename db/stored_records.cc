#include "db/stored_records.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "db/stored_message.h"
#include "db/stored_rows.h"
#include "proto/base/status_macros.h"
#include "proto/domain/record_time.h"
#include "proto/domain/schedule_hash.h"
#include "proto/domain/target_fingerprint.h"

namespace diapason::db {
namespace {

constexpr int64_t kRecordsAtOnce = 64;  // how many are in memory while a whole log is read

// Selects `columns` of the records that `query` selects. Without `cursor`: newest first, and at most
// `query.limit` of them. With `cursor`, which is a condition with one parameter: oldest first; the caller
// then binds two more parameters, the cursor's and the number of rows.
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
  require("device_id", query.device_id);
  if (query.threads > 0) conditions.push_back(absl::StrCat("threads = ", query.threads));
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
  if (cursor.empty()) select.BindInt(query.limit > 0 ? query.limit : std::numeric_limits<int64_t>::max());
  return select;
}

}  // namespace

absl::Status InsertRecord(Connection& connection, const v1::Record& record) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(record.trial_id(), "trial id"));
  DIAPASON_RETURN_IF_ERROR(CheckKey(record.target_fingerprint(), "target fingerprint"));
  if (record.threads() <= 0)
    return absl::InvalidArgumentError("cannot store the record: it has no number of threads");
  DIAPASON_ASSIGN_OR_RETURN(Statement insert,
                            connection.Prepare("INSERT INTO record (trial_id, job_id, workload_id, "
                                               "sketch_hash, schedule_hash, target_fingerprint, "
                                               "target_class, device_id, threads, backend, "
                                               "backend_version, protocol_version, outcome, time_us, body) "
                                               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                                               "ON CONFLICT (trial_id) DO NOTHING"));
  insert.BindText(record.trial_id())
      .BindText(record.job_id())
      .BindText(record.workload_id())
      .BindText(record.schedule().sketch_hash())
      .BindText(ScheduleHash(record.schedule()))
      .BindText(record.target_fingerprint())
      .BindText(TargetClass(record.target()))
      .BindText(record.device_id())
      .BindInt(record.threads())
      .BindText(record.backend())
      .BindText(record.backend_version())
      .BindInt(record.protocol_version())
      .BindInt(record.outcome().kind());
  const std::optional<double> time_us = RecordTimeUs(record);
  time_us ? insert.BindReal(*time_us) : insert.BindNull();
  const absl::Status status = insert.BindBlob(record.SerializeAsString()).Run();
  if (absl::IsNotFound(status)) {
    return absl::NotFoundError(absl::StrCat(
        "cannot store the record of trial ", record.trial_id(), ": its workload ", record.workload_id(),
        " or its sketch ", record.schedule().sketch_hash(), " is not stored; store them first"));
  }
  DIAPASON_RETURN_IF_ERROR(status);
  if (insert.Changes() > 0) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat("a record of the trial ", record.trial_id(), " is already stored"));
}

absl::StatusOr<std::vector<v1::Record>> FindRecords(Connection& connection, const RecordQuery& query) {
  DIAPASON_ASSIGN_OR_RETURN(Statement select, SelectRecords(connection, "record.body", query, ""));
  return ReadMessages<v1::Record>(select);
}

absl::StatusOr<int64_t> SequenceBeforeFirst(Connection& connection, const RecordQuery& query) {
  int64_t before = 0;
  if (query.limit <= 0) return before;
  DIAPASON_ASSIGN_OR_RETURN(Statement select, SelectRecords(connection, "record.sequence", query, ""));
  while (true) {
    DIAPASON_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return before;
    before = select.Int(0) - 1;
  }
}

absl::StatusOr<std::vector<v1::Record>> ReadNextRecords(Connection& connection, const RecordQuery& query,
                                                        int64_t& last) {
  std::vector<v1::Record> records;
  DIAPASON_ASSIGN_OR_RETURN(Statement select, SelectRecords(connection, "record.body, record.sequence", query,
                                                            "record.sequence > ?"));
  select.BindInt(last).BindInt(kRecordsAtOnce);
  while (true) {
    DIAPASON_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return records;
    DIAPASON_ASSIGN_OR_RETURN(records.emplace_back(), ReadMessage<v1::Record>(select, 0));
    last = select.Int(1);
  }
}

absl::StatusOr<v1::Target> FindTargetOfDevice(Connection& connection, absl::string_view device_id) {
  if (!device_id.empty()) {
    DIAPASON_ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare("SELECT body FROM record WHERE device_id = ? ORDER BY sequence DESC LIMIT 1"));
    DIAPASON_ASSIGN_OR_RETURN(const bool row, select.BindText(device_id).Step());
    if (row) {
      DIAPASON_ASSIGN_OR_RETURN(v1::Record record, ReadMessage<v1::Record>(select, 0));
      return std::move(*record.mutable_target());
    }
  }
  DIAPASON_ASSIGN_OR_RETURN(Statement devices,
                            connection.Prepare("SELECT DISTINCT device_id FROM record WHERE device_id != '' "
                                               "ORDER BY device_id"));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<std::string> known, ReadTexts(devices));
  return absl::NotFoundError(
      absl::StrCat(connection.name(), " contains no trial of the device ", device_id,
                   "; it has trials of: ", known.empty() ? "no device" : absl::StrJoin(known, ", ")));
}

}  // namespace diapason::db
