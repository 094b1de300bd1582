// What a search does with a schedule space, in short: so that a process of its own can try a user's workload
// and sketches before a server relies on them.
#ifndef DIAPASON_COMPILER_SPACE_REHEARSAL_H_
#define DIAPASON_COMPILER_SPACE_REHEARSAL_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "diapason/v1/schedule.pb.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::space {

// Opens the space and counts, samples, moves, traces and renders schedules of it, about a hundred. The errors
// are those of ScheduleSpace::Create. May crash or never end where a sketch meets a defect of ours or of
// MLIR's.
absl::Status RehearseSpace(absl::string_view workload_text, absl::Span<const v1::Sketch> sketches,
                           const v1::Target& target);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_REHEARSAL_H_
