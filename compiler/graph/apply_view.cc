#include "compiler/graph/apply_view.h"

namespace diapason::compiler::graph {

std::optional<View> ApplyView(const Node& node, const View& from) {
  switch (node.op) {
    case Op::kReshape:
      return ReshapeView(from, node.Ints("shape"));
    case Op::kExpand:
      return BroadcastView(from, node.Ints("shape"));
    case Op::kTranspose:
      return TransposeView(from, node.Ints("perm"));
    default:
      return SliceView(from, node.Ints("starts"), node.Ints("steps"), node.Ints("shape"));
  }
}

}  // namespace diapason::compiler::graph
