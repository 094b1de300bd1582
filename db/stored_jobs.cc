#include "db/stored_jobs.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "db/stored_message.h"
#include "db/stored_rows.h"
#include "proto/base/status_macros.h"

namespace diapason::db {
namespace {

// Reads the columns of kJobColumns.
constexpr absl::string_view kJobColumns = "job_id, request, status, starts";
absl::StatusOr<StoredJob> ReadColumns(const Statement& row) {
  StoredJob job;
  job.job_id = row.Text(0);
  DIAPASON_ASSIGN_OR_RETURN(job.request, ReadMessage<v1::SubmitJobRequest>(row, 1));
  DIAPASON_ASSIGN_OR_RETURN(job.status, ReadMessage<v1::JobStatus>(row, 2));
  job.starts = static_cast<int>(row.Int(3));
  return job;
}

bool HasEnded(v1::JobState state) {
  return state != v1::JOB_STATE_RUNNING && state != v1::JOB_STATE_UNSPECIFIED;
}

// Returns nullopt if there is no such job.
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
  return absl::AlreadyExistsError(
      absl::StrCat("another job already has the request id ", job.request.request_id()));
}

absl::Status UpdateJob(Connection& connection, const StoredJob& job) {
  DIAPASON_ASSIGN_OR_RETURN(Statement update,
                            connection.Prepare("UPDATE job SET status = ?, starts = ? WHERE job_id = ?"));
  return update.BindBlob(job.status.SerializeAsString()).BindInt(job.starts).BindText(job.job_id).Run();
}

}  // namespace

absl::Status WriteJob(Connection& connection, const StoredJob& job) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(job.job_id, "job id"));
  DIAPASON_ASSIGN_OR_RETURN(const std::optional<v1::JobState> stored, StoredState(connection, job.job_id));
  if (!stored) return InsertJob(connection, job);
  if (HasEnded(*stored) && *stored != job.status.state()) {
    // An end is final. A server that does not know of the end and saves the job's progress must not undo
    // it.
    return absl::FailedPreconditionError(
        absl::StrCat("the job ", job.job_id, " has already ended as ", v1::JobState_Name(*stored)));
  }
  return UpdateJob(connection, job);
}

absl::StatusOr<StoredJob> ReadJob(Connection& connection, absl::string_view job_id) {
  DIAPASON_ASSIGN_OR_RETURN(Statement select, connection.Prepare(absl::StrCat("SELECT ", kJobColumns,
                                                                              " FROM job WHERE job_id = ?")));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(job_id), "job", job_id));
  return ReadColumns(select);
}

absl::StatusOr<StoredJob> ReadJobOfRequest(Connection& connection, absl::string_view request_id) {
  DIAPASON_ASSIGN_OR_RETURN(Statement select, connection.Prepare(absl::StrCat(
                                                  "SELECT ", kJobColumns, " FROM job WHERE request_id = ?")));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(request_id), "job of request", request_id));
  return ReadColumns(select);
}

absl::StatusOr<std::vector<v1::JobStatus>> ListJobs(Connection& connection) {
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection.Prepare("SELECT status, job_id FROM job ORDER BY sequence DESC"));
  std::vector<v1::JobStatus> jobs;
  while (true) {
    DIAPASON_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return jobs;
    DIAPASON_ASSIGN_OR_RETURN(jobs.emplace_back(), ReadMessage<v1::JobStatus>(select, 0));
    jobs.back().set_job_id(select.Text(1));
  }
}

}  // namespace diapason::db
