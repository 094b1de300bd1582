// The ladder of a look-up: which stored schedules a workload may use, best rung first, each with its reason.
//
// 1. EXACT: this workload on this target.
// 2. SAME_CLASS: this workload on another target of the same architecture and vector width: those of the same
//    micro-architecture first, then the nearest (proto/domain/target_fit.h).
// 3. NEAREST_SHAPE: the nearest workloads of the same structure, on this target or, after those, on the
//    others in the same order.
//
// Of one workload and target, schedules that were measured with the wanted number of threads come first, then
// those of the nearest number. Of one number of threads the winner of a paired comparison comes first (the
// default schedule where the comparison found no significant difference), then the fastest distinct
// schedules; lookup_candidates.h has the whole order. Failures are no candidates. An emulator's times say
// nothing of a machine: what was decided by them comes last on the exact rung, and counts on no other.
//
// The caller's back end and version (LookupOptions) say which records may be used: with a strict match those
// of this version only, with a loose match all, with a reason that names the other version. Match in
// tuner.proto says what each risks.
#ifndef DIAPASON_DB_LOOKUP_H_
#define DIAPASON_DB_LOOKUP_H_

#include <optional>

#include "absl/status/statusor.h"
#include "db/sqlite.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::db {

// InvalidArgument: the match is strict, and `options` does not name a back end and its version.
absl::StatusOr<v1::LookupResult> WalkLadder(Connection& connection, const v1::Workload& workload,
                                            const v1::Target& target, const v1::LookupOptions& options);

// How far two shapes of one structure are from each other: the Euclidean length of the vector of log2 ratios
// of their extents. 1: one loop is twice as long. Absent: the extents do not correspond.
std::optional<double> ShapeDistance(const v1::Workload& a, const v1::Workload& b);

}  // namespace diapason::db

#endif  // DIAPASON_DB_LOOKUP_H_
