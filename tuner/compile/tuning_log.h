// Opens tuning logs, also those of earlier releases. A log identifies workloads by ids that the compiler
// computes, and the db folder has no MLIR. So this function tells the log how to compute the ids of this
// release.
#ifndef DIAPASON_TUNER_COMPILE_TUNING_LOG_H_
#define DIAPASON_TUNER_COMPILE_TUNING_LOG_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "db/record_store.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::tuner {

// Calls db::OpenRecordStore with TodaysIdentity and returns its errors. Uses TryInChild (proto/processes);
// call it only where that is allowed.
absl::StatusOr<std::unique_ptr<db::RecordStore>> OpenTuningLog(const std::string& url, db::OpenMode mode);

// The db::WorkloadIdentity of this release: makes the workload again from its text and its summary. The
// text comes from the log and is not trusted, so a child process reads it first. Returns InvalidArgument
// if MLIR crashes on it.
absl::StatusOr<v1::Workload> TodaysIdentity(const v1::Workload& workload);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_TUNING_LOG_H_
