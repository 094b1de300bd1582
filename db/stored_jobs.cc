#include "db/stored_jobs.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "db/stored_message.h"
#include "db/stored_rows.h"
#include "proto/base/status_macros.h"

namespace diapason::db {
namespace {

// Reads the columns of kJobColumns.
constexpr absl::string_view kJobColumns = "job_id, request, status, starts, server_id";
absl::StatusOr<StoredJob> ReadColumns(const Statement& row) {
  StoredJob job;
  job.job_id = row.Text(0);
  DIAPASON_ASSIGN_OR_RETURN(job.request, ReadMessage<v1::SubmitJobRequest>(row, 1));
  DIAPASON_ASSIGN_OR_RETURN(job.status, ReadMessage<v1::JobStatus>(row, 2));
  job.starts = static_cast<int>(row.Int(3));
  job.server_id = row.Text(4);
  return job;
}

// The end of a new claim. `unix_us` is a function of every engine.
std::string ClaimEnd() { return absl::StrCat("unix_us() + ", absl::ToInt64Microseconds(kClaimTime)); }

absl::Status InsertJob(Connection& connection, const StoredJob& job) {
  DIAPASON_ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare(absl::StrCat("INSERT INTO job (job_id, request, status, request_id, starts, ended, "
                                      "server_id, claimed_until) VALUES (?, ?, ?, ?, ?, ?, ?, ",
                                      ClaimEnd(), ")")));
  insert.BindText(job.job_id)
      .BindBlob(job.request.SerializeAsString())
      .BindBlob(job.status.SerializeAsString());
  BindOptionalText(insert, job.request.request_id());
  const absl::Status status =
      insert.BindInt(job.starts).BindInt(HasEnded(job.status.state())).BindText(job.server_id).Run();
  if (!absl::IsAlreadyExists(status)) return status;
  return absl::AlreadyExistsError(
      absl::StrCat("another job already has the request id ", job.request.request_id()));
}

absl::Status UpdateJob(Connection& connection, const StoredJob& job) {
  DIAPASON_ASSIGN_OR_RETURN(
      Statement update,
      connection.Prepare("UPDATE job SET status = ?, starts = ?, ended = ? WHERE job_id = ?"));
  return update.BindBlob(job.status.SerializeAsString())
      .BindInt(job.starts)
      .BindInt(HasEnded(job.status.state()))
      .BindText(job.job_id)
      .Run();
}

}  // namespace

absl::Status WriteJob(Connection& connection, const StoredJob& job) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(job.job_id, "job id"));
  {
    DIAPASON_ASSIGN_OR_RETURN(Statement select,
                              connection.Prepare("SELECT status, server_id FROM job WHERE job_id = ?"));
    DIAPASON_ASSIGN_OR_RETURN(const bool known, select.BindText(job.job_id).Step());
    if (!known) return InsertJob(connection, job);
    DIAPASON_ASSIGN_OR_RETURN(const v1::JobStatus stored, ReadMessage<v1::JobStatus>(select, 0));
    if (HasEnded(stored.state()) && stored.state() != job.status.state()) {
      // An end is final. A server that does not know of the end and saves the job's progress must not undo
      // it.
      return absl::FailedPreconditionError(
          absl::StrCat("the job ", job.job_id, " has already ended as ", v1::JobState_Name(stored.state())));
    }
    const std::string server_id = select.Text(1);
    if (!server_id.empty() && server_id != job.server_id && job.status.state() != v1::JOB_STATE_CANCELLED) {
      return absl::FailedPreconditionError(
          absl::StrCat("the job ", job.job_id, " is now run by another server of this log"));
    }
  }
  return UpdateJob(connection, job);
}

absl::StatusOr<JobClaims> ClaimJobs(Connection& connection, absl::string_view server_id) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(server_id, "server id"));
  JobClaims claims;
  {
    DIAPASON_ASSIGN_OR_RETURN(
        Statement expired, connection.Prepare("SELECT job_id FROM job WHERE ended = 0 AND server_id != ? AND "
                                              "(server_id = '' OR claimed_until < unix_us()) "
                                              "ORDER BY sequence"));
    DIAPASON_ASSIGN_OR_RETURN(claims.taken, ReadTexts(expired.BindText(server_id)));
  }
  for (const std::string& job_id : claims.taken) {
    DIAPASON_ASSIGN_OR_RETURN(Statement take,
                              connection.Prepare("UPDATE job SET server_id = ? WHERE job_id = ?"));
    DIAPASON_RETURN_IF_ERROR(take.BindText(server_id).BindText(job_id).Run());
  }
  DIAPASON_ASSIGN_OR_RETURN(Statement renew,
                            connection.Prepare(absl::StrCat("UPDATE job SET claimed_until = ", ClaimEnd(),
                                                            " WHERE ended = 0 AND server_id = ?")));
  DIAPASON_RETURN_IF_ERROR(renew.BindText(server_id).Run());
  DIAPASON_ASSIGN_OR_RETURN(
      Statement held,
      connection.Prepare("SELECT job_id FROM job WHERE ended = 0 AND server_id = ? ORDER BY sequence"));
  DIAPASON_ASSIGN_OR_RETURN(claims.held, ReadTexts(held.BindText(server_id)));
  return claims;
}

absl::Status ReleaseJobs(Connection& connection, absl::string_view server_id) {
  DIAPASON_ASSIGN_OR_RETURN(
      Statement release,
      connection.Prepare("UPDATE job SET server_id = '' WHERE ended = 0 AND server_id = ?"));
  return release.BindText(server_id).Run();
}

absl::Status ReleaseAllJobs(Connection& connection) {
  return connection.Execute("UPDATE job SET server_id = '' WHERE ended = 0");
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
