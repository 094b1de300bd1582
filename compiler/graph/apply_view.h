// The effect of a view operator of the graph (Reshape, Transpose, Slice, Expand) on where elements lie.
#ifndef DIAPASON_COMPILER_GRAPH_APPLY_VIEW_H_
#define DIAPASON_COMPILER_GRAPH_APPLY_VIEW_H_

#include <optional>

#include "compiler/graph/graph.h"
#include "compiler/graph/view.h"

namespace diapason::compiler::graph {

// Returns the view that the result of the view operator `node` has, if its operand lies at `from`.
// Returns nullopt for a Reshape that no strides can express. The caller must then copy the operand.
std::optional<View> ApplyView(const Node& node, const View& from);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_APPLY_VIEW_H_
