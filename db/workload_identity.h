// How the log learns today's identity of a workload. The log does not know MLIR, so programs pass this
// function to it.
#ifndef DIAPASON_DB_WORKLOAD_IDENTITY_H_
#define DIAPASON_DB_WORKLOAD_IDENTITY_H_

#include <functional>

#include "absl/status/statusor.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::db {

// Takes a workload as an earlier release stored it, and returns it with today's id and structure id.
// InvalidArgument: today's compiler does not accept the workload; it then keeps its ids. After any other
// error, the caller stops with that error.
using WorkloadIdentity = std::function<absl::StatusOr<v1::Workload>(const v1::Workload&)>;

}  // namespace diapason::db

#endif  // DIAPASON_DB_WORKLOAD_IDENTITY_H_
