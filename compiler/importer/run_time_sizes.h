// Sizes that are known only when the model runs. The positions of the elements of x that are not zero, for
// example, are a tensor whose number of columns depends on x.
//
// In the graph such a tensor has the largest size that it may have, and another value is its size. The
// elements beyond it have no meaning. The importer keeps, for each value, the dimension and the size, and
// carries them through the operators for which this is right. Every other operator refuses such an operand.
#ifndef DIAPASON_COMPILER_IMPORTER_RUN_TIME_SIZES_H_
#define DIAPASON_COMPILER_IMPORTER_RUN_TIME_SIZES_H_

#include <cstdint>
#include <map>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "compiler/graph/graph.h"

namespace diapason::compiler::importer {

class NodeConverter;

// The dimension of a value whose size is known only when the model runs.
struct RunTimeSize {
  int64_t dim = 0;
  graph::ValueId size = graph::kNone;  // an int64 scalar, which is not constant

  bool operator==(const RunTimeSize&) const = default;
};

// The values that have such a dimension. A value has at most one.
using RunTimeSizes = std::map<graph::ValueId, RunTimeSize>;

// Returns Unimplemented if an operand of the node has such a dimension, and the operator does not take it.
absl::Status CheckRunTimeSizes(const NodeConverter& node);

// Notes for the node's outputs which of their dimensions have the sizes of its operands. Returns
// Unimplemented if that cannot be said.
absl::Status CarryRunTimeSizes(NodeConverter& node, absl::Span<const graph::ValueId> outputs);

// Adds the sizes of the graph's outputs that are known only when the model runs. Each is stored once.
void AddSizes(const RunTimeSizes& sizes, graph::Graph& graph);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_RUN_TIME_SIZES_H_
