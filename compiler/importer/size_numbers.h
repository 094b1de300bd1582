// Integers that are computed from sizes which are known only when the model runs, such as the smaller one of
// 100 and the number of boxes. They have a largest value, which follows from the graph.
#ifndef DIAPASON_COMPILER_IMPORTER_SIZE_NUMBERS_H_
#define DIAPASON_COMPILER_IMPORTER_SIZE_NUMBERS_H_

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/importer/node_converter.h"

namespace diapason::compiler::importer {

// One element of an operand that holds sizes.
struct SizeNumber {
  int64_t most = 0;                     // the number, or the largest that it may be
  graph::ValueId value = graph::kNone;  // an int64 scalar if it is known only when the model runs
};

// Returns the largest value that an element of an int64 tensor may have, or nullopt if it is not known. The
// element is given by its place in row-major order.
std::optional<int64_t> LargestNumber(const graph::Graph& graph, const RunTimeSizes& sizes,
                                     graph::ValueId value, int64_t element);

// Returns the elements of an operand that holds sizes, which must be a list or a single number. Returns
// Unimplemented if the largest value of an element is not known.
absl::StatusOr<std::vector<SizeNumber>> SizeNumbers(NodeConverter& node, size_t input);

// The same, but an element may have any value. `most` then is the largest int64.
absl::StatusOr<std::vector<SizeNumber>> AnyNumbers(NodeConverter& node, size_t input);

// Returns c if `b` is computed as `a` + c, where c is constant. Both are int64 scalars.
std::optional<int64_t> KnownDifference(const graph::Graph& graph, const RunTimeSizes& sizes, graph::ValueId a,
                                       graph::ValueId b);

// Whether the value is the size of a dimension, and so not negative.
bool IsSize(const NodeConverter& node, graph::ValueId value);

// Whether two values are computed by the same operators from the same values, so that they are equal.
bool ComputedAlike(const graph::Graph& graph, graph::ValueId a, graph::ValueId b);

// Gives the value the size of each dimension that is known only when the model runs. Returns Unimplemented if
// there are several, because a value has at most one.
absl::StatusOr<graph::ValueId> WithSizes(NodeConverter& node, graph::ValueId value,
                                         absl::Span<const SizeNumber> sizes);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_SIZE_NUMBERS_H_
