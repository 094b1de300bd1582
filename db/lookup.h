// The ladder of a look-up: which stored schedules a workload may use, best rung first, each with its reason.
//
// 1. EXACT: this workload on this target.
// 2. SAME_CLASS: this workload on another target of the same architecture and vector width.
// 3. NEAREST_SHAPE: the nearest workloads of the same structure, on this target or, after those, on its
// class.
//
// Within a rung the winner of a paired comparison comes first (the default schedule where the comparison
// found no significant difference), then the fastest distinct schedules. Times of an older measuring protocol
// come after those of a newer one, an emulator's never count, and failures are no candidates.
#ifndef DIAPASON_DB_LOOKUP_H_
#define DIAPASON_DB_LOOKUP_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "db/sqlite.h"
#include "diapason/v1/schedule.pb.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::db {

absl::StatusOr<v1::LookupResult> WalkLadder(Connection& connection, const v1::Workload& workload,
                                            const v1::Target& target);

// How far two shapes of one structure are from each other: the Euclidean length of the vector of log2 ratios
// of their extents. 1: one loop is twice as long. Absent: the extents do not correspond.
std::optional<double> ShapeDistance(const v1::Workload& a, const v1::Workload& b);

// NotFound: no such sketch.
absl::StatusOr<v1::Sketch> ReadSketch(Connection& connection, absl::string_view hash);

}  // namespace diapason::db

#endif  // DIAPASON_DB_LOOKUP_H_
