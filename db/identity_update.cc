#include "db/identity_update.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/base/content_hash.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_fingerprint.h"
#include "proto/domain/task_key.h"

namespace diapason::db {
namespace {

constexpr char kOnlyBackend[] = "cpu";
constexpr int kOnlyThreads = 1;

// Returns the TargetFingerprint as it was computed up to version 2 of the log.
std::string OldFingerprint(const v1::Target& target) {
  std::string text =
      absl::StrCat(target.triple(), ";", target.cpu(), ";", absl::StrJoin(target.features(), ","), ";",
                   target.vector_bits(), ";", target.vector_registers(), ";", target.cores());
  for (const v1::Cache& cache : target.caches()) {
    absl::StrAppend(&text, ";", cache.level(), ":", cache.size_bytes(), ":", cache.line_bytes(), ":",
                    cache.sharing_cores());
  }
  return ContentHash(text).substr(0, 16);
}

}  // namespace

absl::Status IdentityUpdate::Update(v1::Workload& workload) {
  const std::string old_id = workload.id();
  if (const auto known = workloads_.find(old_id); known != workloads_.end()) {
    workload.set_id(known->second.id);
    workload.set_structure_id(known->second.structure_id);
    return absl::OkStatus();
  }
  if (!identity_) {
    return absl::FailedPreconditionError(
        "the log was written by an earlier release, and this program has no compiler to update its "
        "workloads; open it with diapason or tuner-server first");
  }
  auto updated = identity_(workload);
  if (updated.ok()) {
    workload = *std::move(updated);
  } else if (!absl::IsInvalidArgument(updated.status())) {
    return WithContext(updated.status(), absl::StrCat("the workload ", old_id));
  }
  workloads_[old_id] = {workload.id(), workload.structure_id()};
  return absl::OkStatus();
}

std::string IdentityUpdate::WorkloadId(const std::string& old_id) const {
  const auto known = workloads_.find(old_id);
  return known == workloads_.end() ? old_id : known->second.id;
}

void IdentityUpdate::Update(v1::Record& record) {
  record.set_workload_id(WorkloadId(record.workload_id()));
  if (record.threads() > 0) return;
  record.set_threads(std::max(record.measurement().threads(), kOnlyThreads));
  record.set_backend(kOnlyBackend);
  if (record.has_target()) {
    const std::string fingerprint = TargetFingerprint(record.target());
    fingerprints_[record.target_fingerprint()] = fingerprint;
    record.set_target_fingerprint(fingerprint);
  }
  record.set_task_id(TaskId({record.workload_id(), record.target_fingerprint(), record.threads()}));
  if (!record.device_id().empty()) devices_[record.job_id()] = record.device_id();
}

void IdentityUpdate::Update(v1::Decision& decision) const {
  decision.set_workload_id(WorkloadId(decision.workload_id()));
  if (decision.threads() > 0) return;
  decision.set_threads(kOnlyThreads);
  const auto known = fingerprints_.find(decision.target_fingerprint());
  if (known != fingerprints_.end()) decision.set_target_fingerprint(known->second);
}

absl::Status IdentityUpdate::Update(absl::string_view job_id, v1::SubmitJobRequest& request) {
  for (v1::JobTask& task : *request.mutable_tasks()) {
    DIAPASON_RETURN_IF_ERROR(Update(*task.mutable_workload()));
  }
  UpdateSelector(job_id, request);
  return absl::OkStatus();
}

// The selector may name a machine by the old fingerprint of a target that is not in the log. The job then
// continues on the device that did its last trial.
void IdentityUpdate::UpdateSelector(absl::string_view job_id, v1::SubmitJobRequest& request) const {
  v1::DeviceSelector& selector = *request.mutable_selector();
  if (selector.target_fingerprint().empty()) return;
  const auto known = fingerprints_.find(selector.target_fingerprint());
  if (selector.target_fingerprint() == OldFingerprint(request.target())) {
    selector.set_target_fingerprint(TargetFingerprint(request.target()));
  } else if (known != fingerprints_.end()) {
    selector.set_target_fingerprint(known->second);
  } else {
    selector.clear_target_fingerprint();
    const auto device = devices_.find(job_id);
    if (selector.device_id().empty() && device != devices_.end()) selector.set_device_id(device->second);
  }
}

void IdentityUpdate::Update(v1::JobStatus& status) const {
  const std::string fingerprint = TargetFingerprint(status.target());
  for (v1::TaskStatus& task : *status.mutable_tasks()) {
    task.set_workload_id(WorkloadId(task.workload_id()));
    task.set_task_id(TaskId({task.workload_id(), fingerprint, kOnlyThreads}));
  }
}

}  // namespace diapason::db
