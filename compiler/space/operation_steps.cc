#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/space/trace_steps.h"

namespace diapason::compiler::space {

namespace tr = mlir::transform;

namespace {

// Divides the class of dimensions `split` into two classes, in the graph and in `reductions`. Returns for
// each nest's operation which of its dimensions is of that class, or -1.
std::vector<int> SplitDims(int split, PayloadGraph& graph, std::vector<std::vector<bool>>& reductions) {
  std::vector<int> split_dims;
  for (int op : graph.nest_ops) {
    const std::vector<int>& classes = graph.classes[op];
    const auto at = llvm::find(classes, split);
    split_dims.push_back(at == classes.end() ? -1 : static_cast<int>(at - classes.begin()));
  }
  for (size_t o = 0; o < graph.ops.size(); ++o) {
    std::vector<int>& classes = graph.classes[o];
    const auto here = llvm::find(classes, split);
    const bool has_it = here != classes.end();
    const auto d = here - classes.begin();
    for (size_t nest = 0; nest < graph.nest_ops.size(); ++nest) {
      std::vector<int>& dims = graph.nest_dims[nest][o];
      const int at = split_dims[nest];
      for (int& dim : dims) dim += at >= 0 && dim > at;
      if (has_it && !dims.empty()) dims.insert(dims.begin() + d + 1, dims[d] < 0 ? -1 : dims[d] + 1);
    }
    if (!has_it) continue;
    classes.insert(here + 1, graph.num_classes);
    reductions[o].insert(reductions[o].begin() + d, reductions[o][d]);
  }
  ++graph.num_classes;
  return split_dims;
}

void SplitNestDim(OpNest& nest, int at, int size, TraceState& state) {
  nest.reduction.insert(nest.reduction.begin() + at, nest.reduction[at]);
  for (OperandAccess& operand : nest.operands) {
    std::vector<std::vector<IndexTerm>> axes;
    for (std::vector<IndexTerm> terms : operand.axes) {
      const bool hit = terms.size() == 1 && terms[0].dim == at;
      for (IndexTerm& term : terms) term.dim += term.dim > at;
      axes.push_back(terms);
      if (hit) axes.push_back({{1, at + 1}});
    }
    operand.axes = std::move(axes);
  }
  for (NestPiece& piece : nest.pieces) {
    const int extent = piece.tile[at];
    piece.tile[at] = state.Emit(Opcode::kDiv, extent, size);
    piece.tile.insert(piece.tile.begin() + at + 1, size);
    for (Loop& loop : piece.loops) loop.dim += loop.dim > at;
  }
}

}  // namespace

bool Trace(tr::SplitOp op, TraceState& state) {
  const Handle target = state.HandleOf(op.getTarget());
  if (op.getMultiway()) return target.ops.empty() || state.Fail(*op, "a multiway split cannot be traced");
  int size = -1;
  if (op.getDynamicChunkSizes()) {
    size = state.SlotOf(op.getDynamicChunkSizes());
    if (size < 0) return state.Fail(*op, "the size is known only when the interpreter runs");
    state.environment.see(size);
  } else {
    size = state.Constant(op.getStaticChunkSizes());
  }
  Handle parts;
  for (const TracedOp& traced : target.ops) {
    if (!state.HasLoop(*op, traced, static_cast<int64_t>(op.getDimension()))) return false;
    const int dim = state.NestDim(traced, op.getDimension());
    TracedOp low = traced, high = traced;
    if (dim >= 0) {
      low.piece = state.SplitPiece(traced, dim, size);
      high.piece = low.piece + 1;
    }
    parts.ops.push_back(low);
    parts.ops.push_back(high);
  }
  state.SetHandle(op.getSplitList(), std::move(parts));
  return true;
}

bool Trace(transform::SplitDimOp op, TraceState& state) {
  const Handle target = state.HandleOf(op.getTarget());
  if (target.ops.empty()) return true;
  const int size = state.SlotOf(op.getSize());
  if (size < 0) return state.Fail(*op, "the size is known only when the interpreter runs");
  state.environment.see(size);
  if (!state.HasLoop(*op, target.ops.front(), static_cast<int64_t>(op.getDimension()))) return false;
  const int split = state.graph.classes[target.ops.front().op][op.getDimension()];
  const std::vector<int> split_dims = SplitDims(split, state.graph, state.reductions);
  for (size_t nest = 0; nest < split_dims.size(); ++nest) {
    for (std::vector<int>& tiles : state.class_tiles[nest]) {
      tiles.push_back(size);
      tiles[split] = state.Emit(Opcode::kDiv, tiles[split], size);
    }
    if (split_dims[nest] >= 0) SplitNestDim(state.nests.nests[nest], split_dims[nest], size, state);
  }
  return true;
}

bool Trace(transform::PackOperandOp op, TraceState& state) {
  for (const TracedOp& traced : state.HandleOf(op.getTarget()).ops) {
    if (op.getOperand() >= state.graph.ops[traced.op]->getNumOperands())
      return state.Fail(*op, absl::StrCat("the operation has no operand ", op.getOperand()));
    std::vector<std::vector<IndexTerm>> axes;
    for (int64_t loop : op.getLoops()) {
      if (!state.HasLoop(*op, traced, loop)) return false;
      axes.push_back({{1, static_cast<int>(loop)}});
    }
    std::vector<OperandAccess>& operands = state.nests.nests[traced.nest].operands;
    if (traced.op != state.graph.nest_ops[traced.nest] || op.getOperand() >= operands.size()) continue;
    operands[op.getOperand()].axes = std::move(axes);
    operands[op.getOperand()].packed = true;
  }
  return true;
}

// The step makes an operation that the workload does not have, so the trace has no nest for it yet.
bool Trace(transform::WinogradOp op, TraceState& state) {
  return state.Fail(*op, "the loops around the products that this step makes cannot be traced yet");
}

}  // namespace diapason::compiler::space
