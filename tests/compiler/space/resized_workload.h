// Gives a workload other sizes, so that tests can make many workloads from those of a few models.
#ifndef DIAPASON_TESTS_COMPILER_SPACE_RESIZED_WORKLOAD_H_
#define DIAPASON_TESTS_COMPILER_SPACE_RESIZED_WORKLOAD_H_

#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::space {

// Returns the workloads of a file in which lines of "// -----" separate modules. The text before the first
// such line is a part of every workload.
std::vector<std::string> SplitWorkloads(absl::string_view file);

// Returns `workload`, a canonical text, with new extents for its loops: usual sizes of batches, sequences,
// heads, channels and images, and unusual ones. Loops that index the same axis of a tensor get the same
// extent, windows keep their strides, and no operation gets more than `max_iterations`. Loops of operations
// that use their own indices, and tensors that they read by index, keep their sizes. InvalidArgument: the
// text is not a workload.
absl::StatusOr<std::string> ResizedWorkload(absl::string_view workload, int64_t max_iterations,
                                            absl::BitGenRef random);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_TESTS_COMPILER_SPACE_RESIZED_WORKLOAD_H_
