// Workloads, sketches and cost models in SQL. Records refer to the first two. Each function works in the
// transaction that is open, if there is one.
#ifndef DIAPASON_DB_STORED_INPUTS_H_
#define DIAPASON_DB_STORED_INPUTS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "db/sql_connection.h"
#include "diapason/v1/log.pb.h"
#include "diapason/v1/schedule.pb.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::db {

// Have no effect if the workload or sketch is stored already. InvalidArgument: it has no id or hash.
absl::Status InsertWorkload(Connection& connection, const v1::Workload& workload);
absl::Status InsertSketch(Connection& connection, const v1::Sketch& sketch);

// NotFound: it is not stored.
absl::StatusOr<v1::Workload> ReadWorkload(Connection& connection, absl::string_view id);
absl::StatusOr<v1::Sketch> ReadSketch(Connection& connection, absl::string_view hash);

// Returns the workloads whose id begins with `prefix`, in the order of their ids.
absl::StatusOr<std::vector<v1::Workload>> FindWorkloads(Connection& connection, absl::string_view prefix);

// InvalidArgument: the model has no target fingerprint.
absl::Status ReplaceCostModel(Connection& connection, const v1::CostModel& model);
// NotFound: it is not stored.
absl::StatusOr<v1::CostModel> ReadCostModel(Connection& connection, absl::string_view target_fingerprint);

}  // namespace diapason::db

#endif  // DIAPASON_DB_STORED_INPUTS_H_
