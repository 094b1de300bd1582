// The loops that a rendered schedule really makes, in the words of ScheduleSpace::LoopNest.
#ifndef DIAPASON_TESTS_COMPILER_SPACE_APPLIED_LOOPS_H_
#define DIAPASON_TESTS_COMPILER_SPACE_APPLIED_LOOPS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::space {

// One line for each piece of the main operation, sorted: the trip counts of its loops from the outermost,
// without those of one iteration, then its sizes inside them, without those of one. E.g. "7 4 2 | 28 16 2".
using Pieces = std::vector<std::string>;

// Applies the script to the payload up to the last step that makes loops. Passes must have been registered.
absl::StatusOr<Pieces> AppliedPieces(absl::string_view payload_text, absl::string_view script);

// The same from the text of ScheduleSpace::LoopNest.
Pieces TracedPieces(absl::string_view loop_nest);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_TESTS_COMPILER_SPACE_APPLIED_LOOPS_H_
