// What rewrites ask of the graph again and again.
#ifndef DIAPASON_COMPILER_GRAPH_MATCH_H_
#define DIAPASON_COMPILER_GRAPH_MATCH_H_

#include <optional>
#include <vector>

#include "compiler/graph/graph.h"

namespace diapason::compiler::graph {

// The number in a float32 constant of one element; nullopt for any other value.
std::optional<float> SingleNumber(const Graph& graph, ValueId id);

// The constant operand of a binary node, and the other one; nullopt if none or both are constant.
struct ConstantOperand {
  ValueId constant = kNone;
  ValueId other = kNone;
};
std::optional<ConstantOperand> SplitConstant(const Graph& graph, const Node& node);

// Whether every element is known to be at least 0, or NaN. Looks a few operators back only; FindNonNegative,
// which gives the answer for all values, looks back to the beginning.
bool IsNonNegative(const Graph& graph, ValueId value);
std::vector<bool> FindNonNegative(const Graph& graph);

// Whether all elements of the constant are finite.
bool IsFinite(const Graph& graph, ValueId constant);

// Whether `constant` gives one number, or one for each channel (the second dimension of `like`).
bool IsPerChannel(const Graph& graph, ValueId constant, const Shape& like);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_MATCH_H_
