// Operators on constants, computed while the graph is built: shape arithmetic vanishes, and so does whatever
// else a file spells out (masks, positions). Results that would be much larger than their operands stay in
// the graph.
#ifndef DIAPASON_COMPILER_GRAPH_EVALUATE_H_
#define DIAPASON_COMPILER_GRAPH_EVALUATE_H_

#include <optional>
#include <string>
#include <vector>

#include "compiler/graph/element_ops.h"
#include "compiler/graph/infer_shape.h"

namespace diapason::compiler::graph {

std::vector<Scalar> ReadConstant(const Value& constant);
std::string ToBytes(v1::ElementType type, absl::Span<const Scalar> numbers);

// The number that each element of the node's result is, where it is made of no elements at all: a sum or a
// product of matrices over a dimension of extent 0. Nothing: there are some.
std::optional<Scalar> ValueOverNothing(const Graph& graph, const Node& node);

// The bytes of the node's result. Nothing: an operand is no constant, or it is not worth it, or it has no
// value.
std::optional<std::string> Evaluate(const Graph& graph, const Node& node, const InferredType& result);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_EVALUATE_H_
