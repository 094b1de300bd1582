// Opens tuning logs, older ones included: the log itself knows no MLIR, so it has to be told which ids this
// release's compiler gives to the workloads that it holds.
#ifndef DIAPASON_TUNER_COMPILE_TUNING_LOG_H_
#define DIAPASON_TUNER_COMPILE_TUNING_LOG_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "db/record_store.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::tuner {

// db::OpenRecordStore with TodaysIdentity. Call it where TryInChild (proto/processes) may be called.
absl::StatusOr<std::unique_ptr<db::RecordStore>> OpenTuningLog(const std::string& url, db::OpenMode mode);

// The db::WorkloadIdentity of this release: the workload made anew from its text, with its summary. The text
// may be anything that somebody once stored, so a child process reads it first; a text at which MLIR crashes
// is InvalidArgument.
absl::StatusOr<v1::Workload> TodaysIdentity(const v1::Workload& workload);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_TUNING_LOG_H_
