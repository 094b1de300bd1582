// Brings messages of earlier releases to today's identities of workloads, machines and tasks. A migration of
// the log does that with all that is stored, and an import with what another log exported.
//
// Until version 2 of the log a workload's id was the hash of MLIR's text, the fingerprint of a target had its
// numbers of cores in it, and a task had no number of threads: kernels were measured with one. The back end
// was always the CPU's.
#ifndef DIAPASON_DB_IDENTITY_UPDATE_H_
#define DIAPASON_DB_IDENTITY_UPDATE_H_

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "db/workload_identity.h"
#include "diapason/v1/log.pb.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::db {

// What a message refers to has to be updated before it: its workloads, and for decisions and jobs the
// records. Messages that are of today already stay as they are. Not thread-safe.
class IdentityUpdate {
 public:
  // `identity` may be empty where no workload will be asked about.
  explicit IdentityUpdate(WorkloadIdentity identity) : identity_(std::move(identity)) {}

  // Errors are those of `identity` but InvalidArgument.
  absl::Status Update(v1::Workload& workload);
  void Update(v1::Record& record);
  void Update(v1::Decision& decision) const;
  absl::Status Update(absl::string_view job_id, v1::SubmitJobRequest& request);
  void Update(v1::JobStatus& status) const;

 private:
  struct WorkloadIds {
    std::string id;
    std::string structure_id;
  };

  std::string WorkloadId(const std::string& old_id) const;
  void UpdateSelector(absl::string_view job_id, v1::SubmitJobRequest& request) const;

  const WorkloadIdentity identity_;
  absl::flat_hash_map<std::string, WorkloadIds> workloads_;     // by the old id
  absl::flat_hash_map<std::string, std::string> fingerprints_;  // old to new, of the records so far
  absl::flat_hash_map<std::string, std::string> devices_;       // by job: the device of its last record
};

}  // namespace diapason::db

#endif  // DIAPASON_DB_IDENTITY_UPDATE_H_
