// What a view operator of the graph does to where elements lie.
#ifndef DIAPASON_COMPILER_GRAPH_APPLY_VIEW_H_
#define DIAPASON_COMPILER_GRAPH_APPLY_VIEW_H_

#include <optional>

#include "compiler/graph/graph.h"
#include "compiler/graph/view.h"

namespace diapason::compiler::graph {

// What the view operator `node` sees of its operand, which lies at `from`. Returns nullopt for a Reshape that
// no strides express, so that the operand must be copied.
std::optional<View> ApplyView(const Node& node, const View& from);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_APPLY_VIEW_H_
