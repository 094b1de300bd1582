// Finds which stored schedules a workload may use. The result lists them rung by rung, best first, each
// with a reason:
//
// 1. EXACT: this workload on this target.
// 2. SAME_CLASS: this workload on another target of the same architecture and vector width. Targets with
//    the same micro-architecture come first, then the others by distance (proto/domain/target_fit.h).
// 3. NEAREST_SHAPE: the nearest workloads of the same structure, first on this target, then on the other
//    targets in the same order.
//
// For one workload and target, schedules that were measured with the wanted number of threads come first,
// then those with the nearest number. For one number of threads, the winner of a paired comparison comes
// first (or the default schedule, if the comparison found no significant difference), then the other
// schedules, fastest first and each once. lookup_candidates.h has the complete order. Failed trials are
// not candidates. The times of an emulator say nothing about a machine, so a decision that is based on
// them comes last on the exact rung and is not used on any other rung.
//
// LookupOptions names the caller's back end and version. With a strict match, only records of that version
// are used. With a loose match, all records are used, and the reason names the version if it is another
// one. Match in tuner.proto says what each of them risks.
#ifndef DIAPASON_DB_LOOKUP_H_
#define DIAPASON_DB_LOOKUP_H_

#include <optional>

#include "absl/status/statusor.h"
#include "db/sql_connection.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::db {

// Goes through all rungs. `options.threads` below 1 means 1.
// InvalidArgument: the match is strict, and `options` does not name a back end and its version.
absl::StatusOr<v1::LookupResult> WalkLadder(Connection& connection, const v1::Workload& workload,
                                            const v1::Target& target, const v1::LookupOptions& options);

// Returns the distance of two shapes of one structure: the Euclidean length of the vector of the base-2
// logarithms of the ratios of their extents. 1 means, for example, that one loop is twice as long. Returns
// nullopt if the extents do not correspond.
std::optional<double> ShapeDistance(const v1::Workload& a, const v1::Workload& b);

}  // namespace diapason::db

#endif  // DIAPASON_DB_LOOKUP_H_
