// The ladder of a look-up: which stored schedules a workload may use, best rung first, each with its reason.
//
// 1. EXACT: this workload on this target.
// 2. SAME_CLASS: this workload on another target of the same architecture and vector width: those of the same
//    micro-architecture first, then the nearest (proto/domain/target_fit.h).
// 3. NEAREST_SHAPE: the nearest workloads of the same structure, on this target or, after those, on the others in the
//    same order.
//
// Of one workload and target the winner of a paired comparison comes first (the default schedule where the comparison
// found no significant difference), then the fastest distinct schedules. Times of an older measuring protocol come after
// those of a newer one, and failures are no candidates. An emulator's times say nothing of a machine: what was decided
// by them comes last on the exact rung, and counts on no other.
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

// The target of the newest trial that this device did: what "device:NAME" means where the device itself is not asked.
// NotFound: it did none; the message names devices that did.
absl::StatusOr<v1::Target> FindTargetOfDevice(Connection& connection, absl::string_view device_id);

// NotFound: no such sketch.
absl::StatusOr<v1::Sketch> ReadSketch(Connection& connection, absl::string_view hash);

}  // namespace diapason::db

#endif  // DIAPASON_DB_LOOKUP_H_
