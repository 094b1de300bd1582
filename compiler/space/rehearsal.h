// A short rehearsal of what a search does with a schedule space. A separate process runs it on a user's
// workload and sketches before a server uses them.
#ifndef DIAPASON_COMPILER_SPACE_REHEARSAL_H_
#define DIAPASON_COMPILER_SPACE_REHEARSAL_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "diapason/v1/schedule.pb.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::space {

// Creates the space and counts, samples, mutates, traces and renders about a hundred of its schedules.
// Errors are those of ScheduleSpace::Create. If a sketch meets a defect of ours or of MLIR, this may crash
// or never end.
absl::Status RehearseSpace(absl::string_view workload_text, absl::Span<const v1::Sketch> sketches,
                           const v1::Target& target);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_REHEARSAL_H_
