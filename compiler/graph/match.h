// Questions about the graph that several rewrites ask.
#ifndef DIAPASON_COMPILER_GRAPH_MATCH_H_
#define DIAPASON_COMPILER_GRAPH_MATCH_H_

#include <optional>
#include <vector>

#include "compiler/graph/graph.h"

namespace diapason::compiler::graph {

// Returns the number in a float32 constant of one element, or nullopt for any other value.
std::optional<float> SingleNumber(const Graph& graph, ValueId id);

// The two operands of a binary node of which exactly one is constant.
struct ConstantOperand {
  ValueId constant = kNone;
  ValueId other = kNone;
};
// Returns nullopt if the node is not binary, or if none or both of its operands are constant.
std::optional<ConstantOperand> SplitConstant(const Graph& graph, const Node& node);

// Whether every element is known to be at least 0, or NaN. IsNonNegative looks back over a few operators
// only. FindNonNegative looks back to the beginning, and gives the answer for all values.
bool IsNonNegative(const Graph& graph, ValueId value);
std::vector<bool> FindNonNegative(const Graph& graph);

// Whether all elements of the constant are finite.
bool IsFinite(const Graph& graph, ValueId constant);

// Whether `constant` holds a single number, or a number for each channel. Channels are the second
// dimension of `like`.
bool IsPerChannel(const Graph& graph, ValueId constant, const Shape& like);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_MATCH_H_
