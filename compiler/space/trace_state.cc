#include "compiler/space/trace_state.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace diapason::compiler::space {

TraceState::TraceState(TraceEnvironment the_environment, const PayloadGraph& the_graph)
    : environment(std::move(the_environment)), graph(the_graph), marks(the_graph.ops.size()) {
  std::vector<int> extents(graph.num_classes);
  for (size_t o = 0; o < graph.ops.size(); ++o) {
    std::vector<bool>& is_reduction = reductions.emplace_back();
    for (mlir::utils::IteratorType kind : graph.ops[o].getIteratorTypesArray())
      is_reduction.push_back(kind == mlir::utils::IteratorType::reduction);
    for (auto [dim, extent] : llvm::enumerate(graph.ops[o].getStaticLoopRanges()))
      extents[graph.classes[o][dim]] = Constant(extent);
  }
  for (int op : graph.nest_ops) {
    OpNest& nest = nests.nests.emplace_back();
    nest.reduction = reductions[op];
    nest.operands = OperandsOf(graph.ops[op]);
    NestPiece& whole = nest.pieces.emplace_back();
    for (int64_t extent : graph.ops[op].getStaticLoopRanges()) whole.tile.push_back(Constant(extent));
    class_tiles.push_back({extents});
    ++num_pieces;
  }
}

bool TraceState::Fail(mlir::Operation& op, const std::string& why) {
  error = absl::StrCat(LocationOf(&op), ": ", op.getName().getStringRef().str(), ": ", why);
  return false;
}

std::vector<int> TraceState::LivePieces(int nest) const {
  std::vector<int> live;
  const std::vector<NestPiece>& pieces = nests.nests[nest].pieces;
  for (size_t p = 0; p < pieces.size(); ++p) {
    if (pieces[p].live) live.push_back(static_cast<int>(p));
  }
  return live;
}

int TraceState::SlotOf(mlir::Value parameter) const {
  auto passed = parameters_.find(parameter);
  if (passed != parameters_.end()) return passed->second;
  auto slot = environment.sketch.slots.find(parameter);
  return slot == environment.sketch.slots.end() ? -1 : slot->second;
}

void TraceState::Forward(mlir::Value from, mlir::Value to) {
  SetHandle(to, HandleOf(from));
  const int slot = SlotOf(from);
  if (slot >= 0) {
    parameters_[to] = slot;
  } else {
    parameters_.erase(to);
  }
}

bool TraceState::HasLoop(mlir::Operation& step, const TracedOp& op, int64_t loop) {
  const auto loops = static_cast<int64_t>(graph.classes[op.op].size());
  return (loop >= 0 && loop < loops) || Fail(step, absl::StrCat("it tiles or splits loop ", loop,
                                                                ", but the operation has ", loops, " loops"));
}

void TraceState::RemoveClass(int dim_class) {
  for (size_t o = 0; o < graph.ops.size(); ++o) {
    std::vector<int>& classes = graph.classes[o];
    for (auto at = llvm::find(classes, dim_class); at != classes.end(); at = llvm::find(classes, dim_class)) {
      const auto dim = at - classes.begin();
      for (std::vector<std::vector<int>>& dims : graph.nest_dims) {
        if (!dims[o].empty()) dims[o].erase(dims[o].begin() + dim);
      }
      reductions[o].erase(reductions[o].begin() + dim);
      classes.erase(at);
    }
  }
}

int TraceState::NestDim(const TracedOp& op, size_t dim) const {
  const std::vector<int>& dims = graph.nest_dims[op.nest][op.op];
  return dims.empty() ? -1 : dims[dim];
}

int TraceState::ExtentOf(const TracedOp& op, size_t dim) const {
  const int nest_dim = NestDim(op, dim);
  return nest_dim >= 0 ? nests.nests[op.nest].pieces[op.piece].tile[nest_dim]
                       : class_tiles[op.nest][op.piece][graph.classes[op.op][dim]];
}

int TraceState::SplitPiece(const TracedOp& op, int dim, int size) {
  OpNest& nest = nests.nests[op.nest];
  NestPiece low = nest.pieces[op.piece], high = low;
  high.tile[dim] = Emit(Opcode::kSub, low.tile[dim], size);
  low.tile[dim] = size;
  nest.pieces[op.piece].live = false;
  nest.pieces.push_back(std::move(low));
  nest.pieces.push_back(std::move(high));
  std::vector<std::vector<int>>& tiles = class_tiles[op.nest];
  for (int i = 0; i < 2; ++i) tiles.push_back(std::vector<int>(tiles[op.piece]));
  num_pieces += 2;
  return static_cast<int>(nest.pieces.size()) - 2;
}

int TraceState::Constant(int64_t value) {
  auto [it, inserted] = constants_.try_emplace(value, 0);
  if (inserted) {
    it->second = environment.sketch.constraints.num_slots() + static_cast<int>(nests.own_slots.size());
    nests.own_slots.push_back(value);
    own_known_.push_back(true);
  }
  return it->second;
}

bool TraceState::IsKnown(int slot) const {
  const int parameters = environment.sketch.constraints.num_slots();
  return slot < parameters ? environment.sketch.constraints.KnobsOf(slot).empty()
                           : own_known_[slot - parameters];
}

int64_t TraceState::Known(int slot) const {
  const int parameters = environment.sketch.constraints.num_slots();
  return slot < parameters ? environment.sketch.constraints.Known(slot) : nests.own_slots[slot - parameters];
}

int64_t TraceState::ValueOf(int slot) const {
  if (IsKnown(slot)) return Known(slot);
  if (slot < environment.sketch.constraints.num_slots()) return environment.ask(slot, /*is_zero=*/false);
  const auto made_by =
      llvm::find_if(nests.instructions, [slot](const Instruction& i) { return i.dst == slot; });
  int64_t values[] = {ValueOf(made_by->a), ValueOf(made_by->b), 0};
  Execute({made_by->op, 2, 0, 1}, values);
  return values[2];
}

int TraceState::Emit(Opcode op, int a, int b) {
  if (IsKnown(a) && IsKnown(b)) {
    int64_t values[3] = {Known(a), Known(b), 0};
    Execute({op, 2, 0, 1}, values);
    return Constant(values[2]);
  }
  const int slot = environment.sketch.constraints.num_slots() + static_cast<int>(nests.own_slots.size());
  nests.own_slots.push_back(0);
  own_known_.push_back(false);
  nests.instructions.push_back({op, slot, a, b});
  return slot;
}

}  // namespace diapason::compiler::space
