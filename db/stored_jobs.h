// Jobs in SQL. Each function works in the transaction that is open, if there is one.
#ifndef DIAPASON_DB_STORED_JOBS_H_
#define DIAPASON_DB_STORED_JOBS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "db/record_store.h"
#include "db/sql_connection.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::db {

// Whether a job in this state has ended. A state that is not set means that the job runs.
inline bool HasEnded(v1::JobState state) {
  return state != v1::JOB_STATE_RUNNING && state != v1::JOB_STATE_UNSPECIFIED;
}

// Like RecordStore::PutJob, ClaimJobs and ReleaseJobs. A transaction must be open.
absl::Status WriteJob(Connection& connection, const StoredJob& job);
absl::StatusOr<JobClaims> ClaimJobs(Connection& connection, absl::string_view server_id);
absl::Status ReleaseJobs(Connection& connection, absl::string_view server_id);
// Makes the claims of all servers void.
absl::Status ReleaseAllJobs(Connection& connection);

// NotFound: there is no such job.
absl::StatusOr<StoredJob> ReadJob(Connection& connection, absl::string_view job_id);
absl::StatusOr<StoredJob> ReadJobOfRequest(Connection& connection, absl::string_view request_id);

// Returns the status of every job, newest first.
absl::StatusOr<std::vector<v1::JobStatus>> ListJobs(Connection& connection);

}  // namespace diapason::db

#endif  // DIAPASON_DB_STORED_JOBS_H_
