// How the log learns what a workload is called today. The log itself knows no MLIR: programs pass the
// function.
#ifndef DIAPASON_DB_WORKLOAD_IDENTITY_H_
#define DIAPASON_DB_WORKLOAD_IDENTITY_H_

#include <functional>

#include "absl/status/statusor.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::db {

// Returns the workload, as an earlier release stored it, with today's id and structure id. InvalidArgument:
// today's compiler refuses it; it then keeps the ids that it has. Any other error ends what asked.
using WorkloadIdentity = std::function<absl::StatusOr<v1::Workload>(const v1::Workload&)>;

}  // namespace diapason::db

#endif  // DIAPASON_DB_WORKLOAD_IDENTITY_H_
