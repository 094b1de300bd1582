// Updates messages of earlier releases to today's identities of workloads, machines and tasks. A migration
// does this with everything in the log, and an import with everything that another log exported.
//
// Up to version 2 of the log, the id of a workload was the hash of its MLIR text, and the fingerprint of a
// target contained its numbers of cores. A task had no number of threads, because kernels were measured
// with one thread. The only back end was the one for CPUs.
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

// Before a message is updated, everything that it refers to must have been updated: its workloads and, for
// decisions and jobs, their records. Messages with today's identities stay as they are. Not thread-safe.
class IdentityUpdate {
 public:
  // `identity` may be empty if no workload will be updated.
  explicit IdentityUpdate(WorkloadIdentity identity) : identity_(std::move(identity)) {}

  // Returns the errors of `identity`, except InvalidArgument: such a workload keeps its ids.
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
  absl::flat_hash_map<std::string, std::string> fingerprints_;  // old to new, from the records so far
  absl::flat_hash_map<std::string, std::string> devices_;       // by job_id: the device of its last record
};

}  // namespace diapason::db

#endif  // DIAPASON_DB_IDENTITY_UPDATE_H_
