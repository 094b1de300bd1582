// The same computation over other sizes: what turns the workloads of a few models into those of many.
#ifndef DIAPASON_TESTS_COMPILER_SPACE_RESIZED_WORKLOAD_H_
#define DIAPASON_TESTS_COMPILER_SPACE_RESIZED_WORKLOAD_H_

#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::space {

// The workloads of a file of modules that lines of "// -----" separate; what comes before the first line is
// part of all.
std::vector<std::string> SplitWorkloads(absl::string_view file);

// `workload` (canonical text) with new extents for its loops: usual sizes of batches, sequences, heads,
// channels and images, and odd ones. Loops that index the same axis of a tensor get the same extent, windows
// keep their strides, and no operation gets more than `max_iterations`. Loops of operations that look at
// their own indices, and tensors that they read by index, keep their sizes.
// InvalidArgument: the text is no workload.
absl::StatusOr<std::string> ResizedWorkload(absl::string_view workload, int64_t max_iterations,
                                            absl::BitGenRef random);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_TESTS_COMPILER_SPACE_RESIZED_WORKLOAD_H_
