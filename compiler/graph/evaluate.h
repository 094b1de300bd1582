// Computes operators on constants while the graph is built. Shape arithmetic disappears in this way, and
// so do masks and positions that a file computes from constants. An operator stays in the graph if its
// result would be much larger than its operands.
#ifndef DIAPASON_COMPILER_GRAPH_EVALUATE_H_
#define DIAPASON_COMPILER_GRAPH_EVALUATE_H_

#include <optional>
#include <string>
#include <vector>

#include "compiler/graph/element_ops.h"
#include "compiler/graph/infer_shape.h"

namespace diapason::compiler::graph {

// Returns the elements of a constant, in row-major order.
std::vector<Scalar> ReadConstant(const Value& constant);

// If a sum or a product of matrices runs over a dimension of extent 0, every element of its result is
// the same number: returns that number. Returns nullopt for all other nodes.
std::optional<Scalar> ResultOfEmptyReduction(const Graph& graph, const Node& node);

// Returns the bytes of the node's result. Returns nullopt if an operand is not constant, if the result
// would be too large to be worth computing now, or if the operator cannot be computed here.
std::optional<std::string> Evaluate(const Graph& graph, const Node& node, const InferredType& result);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_EVALUATE_H_
