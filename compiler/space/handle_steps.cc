#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/space/trace_steps.h"
#include "compiler/transform/loop_attrs.h"

namespace diapason::compiler::space {

namespace tr = mlir::transform;

namespace {

bool HasMark(const Loop& loop, const std::string& mark) {
  return absl::StrCat(" ", loop.marks, " ").find(absl::StrCat(" ", mark, " ")) != std::string::npos;
}

// Puts the loops of an scf.forall into the order that the annotation lists, slowest first.
bool Reorder(tr::AnnotateOp op, const Handle& forall, TraceState& state) {
  auto constant = op.getParam() ? op.getParam().getDefiningOp<tr::ParamConstantOp>() : nullptr;
  auto list = constant ? mlir::dyn_cast<mlir::ArrayAttr>(constant.getValue()) : nullptr;
  if (!list || list.empty() || forall.loops.empty() || forall.loops.size() % list.size() != 0) return true;
  std::vector<size_t> order;
  for (mlir::Attribute place : list) {
    auto number = mlir::dyn_cast<mlir::IntegerAttr>(place);
    const int64_t index = number && number.getValue().getSignificantBits() <= 64 ? number.getInt() : -1;
    if (index < 0 || index >= static_cast<int64_t>(list.size()) ||
        llvm::is_contained(order, static_cast<size_t>(index)))
      return state.Fail(*op, "the order must list each dimension of the loop once");
    order.push_back(static_cast<size_t>(index));
  }
  std::map<std::pair<int, int>, std::vector<TracedLoop>> pieces;
  for (const TracedLoop& loop : forall.loops) pieces[{loop.nest, loop.piece}].push_back(loop);
  for (const auto& [piece, loops] : pieces) {
    if (loops.size() % order.size() != 0)
      return state.Fail(*op, "the order applies to loops of different operations");
    for (size_t first = 0; first < loops.size(); first += order.size()) {
      std::vector<Loop> reordered;
      for (size_t place : order) reordered.push_back(state.LoopAt(loops[first + place]));
      for (size_t i = 0; i < reordered.size(); ++i) state.LoopAt(loops[first + i]) = reordered[i];
    }
  }
  return true;
}

}  // namespace

bool Trace(tr::CollectMatchingOp op, TraceState& state) {
  const Anchor& anchor = state.environment.anchor;
  if (op != anchor.matcher || !anchor.op) return true;
  for (mlir::OpResult result : op->getResults()) {
    if (mlir::isa<tr::TransformParamTypeInterface>(result.getType())) continue;
    Handle found;
    for (size_t nest = 0; nest < state.nests.nests.size(); ++nest)
      found.ops.push_back({state.graph.IndexOf(anchor.op), static_cast<int>(nest), 0});
    state.SetHandle(result, std::move(found));
    break;
  }
  return true;
}

bool Trace(tr::MatchOp op, TraceState& state) {
  Handle found;
  auto named = [&](llvm::StringRef name) {
    return !op.getOps() || llvm::any_of(op.getOps()->getAsValueRange<mlir::StringAttr>(),
                                        [&](llvm::StringRef n) { return n == name; });
  };
  std::vector<std::string> marks;
  if (auto attributes = op.getOpAttrs()) {
    for (mlir::NamedAttribute a : *attributes) marks.push_back(a.getName().str());
  }
  const bool filtered = op.getOps() || op.getInterface() || !marks.empty();
  const bool linalg = !op.getInterface() || *op.getInterface() == tr::MatchInterfaceEnum::LinalgOp ||
                      *op.getInterface() == tr::MatchInterfaceEnum::TilingInterface;
  const PayloadGraph& graph = state.graph;
  for (int nest = 0; nest < static_cast<int>(state.nests.nests.size()); ++nest) {
    const std::vector<int> live = state.LivePieces(nest);
    for (size_t o = 0; filtered && linalg && o < graph.ops.size(); ++o) {
      auto has = [&](const std::string& mark) {
        return state.marks[o].count(mark) || graph.ops[o]->hasAttr(mark);
      };
      if (!named(graph.ops[o]->getName().getStringRef()) || !llvm::all_of(marks, has)) continue;
      for (int piece : live) found.ops.push_back({static_cast<int>(o), nest, piece});
    }
    for (int piece : live) {
      const std::vector<Loop>& loops = state.nests.nests[nest].pieces[piece].loops;
      for (size_t l = 0; !marks.empty() && l < loops.size(); ++l) {
        auto has = [&](const std::string& mark) { return HasMark(loops[l], mark); };
        if (named(loops[l].parallel ? "scf.forall" : "scf.for") && llvm::all_of(marks, has))
          found.loops.push_back({nest, piece, static_cast<int>(l)});
      }
    }
  }
  state.SetHandle(op.getResult(), std::move(found));
  return true;
}

bool Trace(tr::GetConsumersOfResult op, TraceState& state) {
  Handle consumers;
  for (const TracedOp& traced : state.HandleOf(op.getTarget()).ops) {
    mlir::Operation* producer = state.graph.ops[traced.op];
    if (op.getResultNumber() >= producer->getNumResults())
      return state.Fail(*op, absl::StrCat("the operation has no result ", op.getResultNumber()));
    for (mlir::Operation* user : producer->getResult(op.getResultNumber()).getUsers()) {
      const int index = state.graph.IndexOf(user);
      if (index >= 0) consumers.ops.push_back({index, traced.nest, traced.piece});
    }
  }
  state.SetHandle(op.getResult(), std::move(consumers));
  return true;
}

bool Trace(tr::GetProducerOfOperand op, TraceState& state) {
  Handle producers;
  for (const TracedOp& traced : state.HandleOf(op.getTarget()).ops) {
    mlir::Operation* consumer = state.graph.ops[traced.op];
    if (op.getOperandNumber() >= consumer->getNumOperands())
      return state.Fail(*op, absl::StrCat("the operation has no operand ", op.getOperandNumber()));
    const int index = state.graph.IndexOf(consumer->getOperand(op.getOperandNumber()).getDefiningOp());
    if (index >= 0) producers.ops.push_back({index, traced.nest, traced.piece});
  }
  state.SetHandle(op.getResult(), std::move(producers));
  return true;
}

// Each result receives one operation, or one loop, of each nest.
bool Trace(tr::SplitHandleOp op, TraceState& state) {
  const Handle all = state.HandleOf(op.getHandle());
  std::vector<Handle> parts(op->getNumResults());
  std::map<int, size_t> next;  // for each nest the next result
  for (const TracedOp& traced : all.ops) {
    const size_t i = next[traced.nest]++;
    if (i < parts.size()) parts[i].ops.push_back(traced);
  }
  for (size_t l = 0; all.ops.empty() && l < all.loops.size(); ++l) {
    const size_t i = next[all.loops[l].nest]++;
    if (i < parts.size()) parts[i].loops.push_back(all.loops[l]);
  }
  for (mlir::OpResult result : op.getResults())
    state.SetHandle(result, std::move(parts[result.getResultNumber()]));
  return true;
}

bool Trace(tr::MergeHandlesOp op, TraceState& state) {
  Handle all;
  for (mlir::Value part : op.getHandles()) {
    const Handle handle = state.HandleOf(part);
    all.ops.insert(all.ops.end(), handle.ops.begin(), handle.ops.end());
    all.loops.insert(all.loops.end(), handle.loops.begin(), handle.loops.end());
  }
  state.SetHandle(op.getResult(), std::move(all));
  return true;
}

bool Trace(tr::ReplicateOp op, TraceState& state) {
  for (auto [from, to] : llvm::zip(op.getHandles(), op.getReplicated())) state.Forward(from, to);
  return true;
}

bool Trace(tr::AnnotateOp op, TraceState& state) {
  const Handle handle = state.HandleOf(op.getTarget());
  for (const TracedOp& traced : handle.ops) state.marks[traced.op].insert(op.getName().str());
  if (op.getName() == transform::kOrderAttr) return Reorder(op, handle, state);
  for (const TracedLoop& loop : handle.loops) {
    std::string& marks = state.LoopAt(loop).marks;
    absl::StrAppend(&marks, marks.empty() ? "" : " ", op.getName().str());
  }
  return true;
}

}  // namespace diapason::compiler::space
