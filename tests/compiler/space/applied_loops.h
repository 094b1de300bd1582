// Finds the loops that a rendered schedule really makes, to compare them with ScheduleSpace::LoopNest.
#ifndef DIAPASON_TESTS_COMPILER_SPACE_APPLIED_LOOPS_H_
#define DIAPASON_TESTS_COMPILER_SPACE_APPLIED_LOOPS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::space {

// One line for each piece of the main operation, sorted. A line has the trip counts of the piece's loops,
// from the outermost to the innermost, and then its sizes inside of them. Numbers that are 1 are left out.
// An example is "7 4 2 | 28 16 2".
using Pieces = std::vector<std::string>;

// Applies the script to the payload up to the last step that makes loops, and returns the pieces. Passes
// must be registered before.
absl::StatusOr<Pieces> AppliedPieces(absl::string_view payload_text, absl::string_view script);

// Returns the same pieces from the text of ScheduleSpace::LoopNest.
Pieces TracedPieces(absl::string_view loop_nest);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_TESTS_COMPILER_SPACE_APPLIED_LOOPS_H_
