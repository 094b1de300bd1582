#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/space/trace_steps.h"
#include "compiler/transform/plane.h"
#include "compiler/transform/tile_root.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace diapason::compiler::space {

namespace tr = mlir::transform;

namespace {

// A dimension that a step tiles, and the tile size. A size of zero makes no loop and is not listed.
struct SizedDim {
  int dim;   // of the tiled operation
  int step;  // a slot
};

// Reads the sizes, in the order of their loops. Returns false if the trace ends.
bool ReadSizes(mlir::Operation& step, const Handle& target, llvm::ArrayRef<mlir::OpFoldResult> sizes,
               TraceState& state, std::vector<SizedDim>& out) {
  for (const TracedOp& op : target.ops) {
    if (!sizes.empty() && !state.HasLoop(step, op, static_cast<int64_t>(sizes.size()) - 1)) return false;
  }
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    if (auto literal = mlir::getConstantIntValue(size)) {
      if (*literal != 0) out.push_back({static_cast<int>(dim), state.Constant(*literal)});
      continue;
    }
    const int slot = state.SlotOf(mlir::cast<mlir::Value>(size));
    if (slot < 0) return state.Fail(step, "a tile size is known only when the interpreter runs");
    state.environment.see(slot);
    if (state.environment.ask(slot, /*is_zero=*/true) == 0) out.push_back({static_cast<int>(dim), slot});
  }
  return true;
}

void AddLoop(int piece, const Tiling& tiling, TraceState& state, Handle& loop) {
  NestPiece& p = state.nests.nests[tiling.nest].pieces[piece];
  int& tile = tiling.dim < 0 ? state.class_tiles[tiling.nest][piece][tiling.dim_class] : p.tile[tiling.dim];
  p.loops.push_back({tiling.dim, tiling.step, tile, tiling.parallel, false, ""});
  tile = state.Emit(Opcode::kMin, tiling.step, tile);
  ++state.num_loops;
  loop.loops.push_back({tiling.nest, piece, static_cast<int>(p.loops.size()) - 1});
}

// Returns the mark of an operation that a step has put into loops of its own, in one piece of a nest.
// There it can no longer be fused into others, and neither can what only it reads.
std::string LoopedMark(const TracedOp& op) { return absl::StrCat("in loops ", op.nest, " ", op.piece); }

// Returns whether a step on operation `from` would fuse the operation `to`, through producers that do not
// have the mark.
bool Fuses(int from, int to, const std::string& mark, const TraceState& state) {
  for (mlir::Value operand : state.graph.ops[from]->getOperands()) {
    const int producer = state.graph.IndexOf(operand.getDefiningOp());
    if (producer < 0 || state.marks[producer].count(mark) > 0) continue;
    if (producer == to || Fuses(producer, to, mark, state)) return true;
  }
  return false;
}

Tiling TilingOf(const TracedOp& op, const SizedDim& size, bool parallel, const TraceState& state) {
  return {op.nest, state.NestDim(op, size.dim), state.graph.classes[op.op][size.dim], size.step, parallel};
}

// Tiles the nest's operation in the piece of `op`. `alone` says that the step does not fuse producers.
// Appends the new loops to `loops`, which has one handle for each size.
void Tile(const TracedOp& op, const std::vector<SizedDim>& sizes, bool alone, bool parallel,
          TraceState& state, std::vector<Handle>& loops) {
  loops.resize(std::max(loops.size(), sizes.size()));
  if (state.graph.nest_dims[op.nest][op.op].empty()) return;
  const int nest_op = state.graph.nest_ops[op.nest];
  if (op.op != nest_op && (alone || !Fuses(op.op, nest_op, LoopedMark(op), state))) return;
  for (size_t i = 0; i < sizes.size(); ++i)
    AddLoop(op.piece, TilingOf(op, sizes[i], parallel, state), state, loops[i]);
}

void MarkAsLooped(const Handle& target, TraceState& state) {
  for (const TracedOp& traced : target.ops) state.marks[traced.op].insert(LoopedMark(traced));
}

// Records which of the loops that will run in parallel are reductions.
void RecordSharedReductions(mlir::Operation& step, const TracedOp& op, const std::vector<SizedDim>& sizes,
                            TraceState& state) {
  for (const SizedDim& size : sizes) {
    if (!state.reductions[op.op][size.dim]) continue;
    const std::string text = absl::StrCat(LocationOf(&step), ": ", step.getName().getStringRef().str(),
                                          ": loop ", size.dim, " of the operation");
    state.nests.shared_reductions.push_back({text, size.step, state.ExtentOf(op, size.dim)});
  }
}

// Returns a handle for one scf.forall of all these loops.
Handle Join(const std::vector<Handle>& loops) {
  Handle all;
  for (const Handle& loop : loops) all.loops.insert(all.loops.end(), loop.loops.begin(), loop.loops.end());
  return all;
}

}  // namespace

bool Trace(tr::FuseOp op, TraceState& state) {
  const Handle target = state.HandleOf(op.getTarget());
  std::vector<SizedDim> sizes;
  if (!ReadSizes(*op, target, op.getMixedTileSizes(), state, sizes)) return false;
  std::vector<SizedDim> ordered;
  for (mlir::OpFoldResult place : op.getMixedTileInterchange()) {
    std::optional<int64_t> index = mlir::getConstantIntValue(place);
    if (!index) {
      const int slot = state.SlotOf(mlir::cast<mlir::Value>(place));
      if (slot < 0) return state.Fail(*op, "the order of the loops is known only when the interpreter runs");
      state.environment.see(slot);
      index = state.environment.ask(slot, /*is_zero=*/false);
    }
    if (*index < 0 || *index >= static_cast<int64_t>(sizes.size()))
      return state.Fail(*op, "the order must list each loop once");
    const int dim = sizes[*index].dim;
    if (llvm::any_of(ordered, [dim](const SizedDim& size) { return size.dim == dim; }))
      return state.Fail(*op, "the order must list each loop once");
    ordered.push_back(sizes[*index]);
  }
  if (!ordered.empty() && ordered.size() != sizes.size())
    return state.Fail(*op, "the order must list each loop once");
  if (!ordered.empty()) sizes = ordered;
  std::vector<Handle> loops;
  for (const TracedOp& traced : target.ops) {
    if (op.getUseForall()) RecordSharedReductions(*op, traced, sizes, state);
    Tile(traced, sizes, /*alone=*/false, op.getUseForall(), state, loops);
  }
  if (!op.getUseForall()) MarkAsLooped(target, state);
  state.SetHandle(op.getTransformed(), target);
  if (op.getUseForall() && op.getLoops().size() == 1) {
    state.SetHandle(op.getLoops().front(), Join(loops));
  } else {
    for (auto [result, loop] : llvm::zip(op.getLoops(), loops)) state.SetHandle(result, loop);
  }
  return true;
}

bool Trace(tr::TileUsingForOp op, TraceState& state) {
  const Handle target = state.HandleOf(op.getTarget());
  std::vector<SizedDim> sizes;
  if (!ReadSizes(*op, target, op.getMixedSizes(), state, sizes)) return false;
  if (!op.getInterchange().empty()) {
    std::vector<SizedDim> ordered;
    for (int64_t place : op.getInterchange()) {
      auto dim = llvm::find_if(sizes, [&](const SizedDim& s) { return s.dim == place; });
      if (dim == sizes.end()) continue;
      if (llvm::any_of(ordered, [place](const SizedDim& size) { return size.dim == place; }))
        return state.Fail(*op, "the order must list each loop once");
      ordered.push_back(*dim);
    }
    sizes = ordered;
  }
  std::vector<Handle> loops;
  for (const TracedOp& traced : target.ops)
    Tile(traced, sizes, /*alone=*/true, /*parallel=*/false, state, loops);
  MarkAsLooped(target, state);
  state.SetHandle(op.getTiledLinalgOp(), target);
  for (auto [result, loop] : llvm::zip(op.getLoops(), loops)) state.SetHandle(result, loop);
  return true;
}

bool Trace(tr::TileUsingForallOp op, TraceState& state) {
  const Handle target = state.HandleOf(op.getTarget());
  state.SetHandle(op.getTiledOp(), target);
  if (target.ops.empty()) return true;
  if (!op.getMixedNumThreads().empty() || op.getPackedNumThreads() || op.getPackedTileSizes()) {
    return state.Fail(*op, "only tile_sizes that are separate values can be traced");
  }
  std::vector<SizedDim> sizes;
  if (!ReadSizes(*op, target, op.getMixedTileSizes(), state, sizes)) return false;
  std::vector<Handle> loops;
  std::vector<Tiling> pending;
  for (const TracedOp& traced : target.ops) {
    RecordSharedReductions(*op, traced, sizes, state);
    Tile(traced, sizes, /*alone=*/true, /*parallel=*/true, state, loops);
    if (traced.op == state.graph.nest_ops[traced.nest] ||
        state.graph.nest_dims[traced.nest][traced.op].empty())
      continue;
    for (const SizedDim& size : sizes) pending.push_back(TilingOf(traced, size, /*parallel=*/true, state));
  }
  Handle forall = Join(loops);
  forall.pending = std::move(pending);
  state.SetHandle(op.getForallOp(), std::move(forall));
  return true;
}

bool Trace(tr::FuseIntoContainingOp op, TraceState& state) {
  const Handle producer = state.HandleOf(op.getProducerOp());
  Handle containing = state.HandleOf(op.getContainingOp());
  for (const TracedOp& traced : producer.ops) {
    if (traced.op != state.graph.nest_ops[traced.nest]) continue;
    for (const Tiling& tiling : containing.pending) {
      if (tiling.nest == traced.nest) AddLoop(traced.piece, tiling, state, containing);
    }
    std::erase_if(containing.pending, [&](const Tiling& tiling) { return tiling.nest == traced.nest; });
  }
  state.SetHandle(op.getFusedOp(), producer);
  state.SetHandle(op.getNewContainingOp(), containing);
  return true;
}

bool Trace(transform::TileRootOp op, TraceState& state) {
  const Handle target = state.HandleOf(op.getTarget());
  const int grain = state.SlotOf(op.getGrain());
  if (grain < 0) return state.Fail(*op, "the grain is known only when the interpreter runs");
  state.environment.see(grain);
  Handle all;
  for (const TracedOp& traced : target.ops) {
    const int64_t elements = state.environment.ask(grain, /*is_zero=*/false);
    std::vector<SizedDim> sizes;
    for (auto [dim, size] : llvm::enumerate(transform::RootTileSizes(state.graph.ops[traced.op], elements))) {
      if (size != 0) sizes.push_back({static_cast<int>(dim), state.Constant(size)});
    }
    std::vector<Handle> loops;
    Tile(traced, sizes, /*alone=*/false, /*parallel=*/true, state, loops);
    const Handle joined = Join(loops);
    all.loops.insert(all.loops.end(), joined.loops.begin(), joined.loops.end());
  }
  state.SetHandle(op.getLoops(), std::move(all));
  return true;
}

bool Trace(transform::TilePlaneOp op, TraceState& state) {
  const int rows = state.SlotOf(op.getRows()), row_rest = state.SlotOf(op.getRowRest()),
            columns = state.SlotOf(op.getColumns()), column_rest = state.SlotOf(op.getColumnRest());
  for (int slot : {rows, row_rest, columns, column_rest}) {
    if (slot < 0) return state.Fail(*op, "a tile size is known only when the interpreter runs");
    state.environment.see(slot);
  }
  Handle tiles;
  for (const TracedOp& traced : state.HandleOf(op.getTarget()).ops) {
    const std::optional<transform::Plane> plane = transform::PlaneOf(state.graph.ops[traced.op]);
    if (!plane) return state.Fail(*op, "the operation is not elementwise");
    std::vector<TracedOp> pieces = {traced};
    for (auto [loop, rest] : {std::pair(plane->rows, row_rest), std::pair(plane->columns, column_rest)}) {
      const int dim = loop < 0 ? -1 : state.NestDim(traced, static_cast<size_t>(loop));
      if (dim < 0 || state.environment.ask(rest, /*is_zero=*/true) != 0) continue;
      std::vector<TracedOp> parts;
      for (const TracedOp& piece : pieces) {
        const int before = state.Emit(Opcode::kSub, state.PieceOf(piece).tile[dim], rest);
        TracedOp low = piece, high = piece;
        low.piece = state.SplitPiece(piece, dim, before);
        high.piece = low.piece + 1;
        parts.insert(parts.end(), {low, high});
      }
      pieces = std::move(parts);
    }
    for (const TracedOp& piece : pieces) {
      std::vector<SizedDim> sizes;
      for (size_t loop = 0; loop < state.graph.classes[traced.op].size(); ++loop) {
        const auto number = static_cast<int64_t>(loop);
        const int step = number == plane->columns ? columns
                         : number == plane->rows  ? rows
                                                  : state.Constant(1);
        if (state.ExtentOf(piece, loop) != state.Constant(1)) sizes.push_back({static_cast<int>(loop), step});
      }
      std::vector<Handle> loops;
      Tile(piece, sizes, /*alone=*/true, op.getUseForall(), state, loops);
      tiles.ops.push_back(piece);
    }
  }
  state.SetHandle(op.getTiles(), std::move(tiles));
  return true;
}

bool Trace(transform::TileUnitsOp op, TraceState& state) {
  const Handle target = state.HandleOf(op.getTarget());
  const size_t num_sizes = op.getSizes().size();
  std::vector<Handle> loops;
  std::set<int> removed;  // classes of dimensions
  for (const TracedOp& traced : target.ops) {
    const std::vector<int>& classes = state.graph.classes[traced.op];
    if (classes.size() < num_sizes) return state.Fail(*op, "the operation has fewer loops than sizes");
    const size_t first = classes.size() - num_sizes;
    removed.insert(classes.begin(), classes.begin() + static_cast<std::ptrdiff_t>(first));
    std::vector<SizedDim> sizes;
    for (size_t dim = 0; dim < first; ++dim) sizes.push_back({static_cast<int>(dim), state.Constant(1)});
    for (int64_t place : op.getOrder()) {
      if (place < 0 || place >= static_cast<int64_t>(num_sizes))
        return state.Fail(*op, "the order must list sized loops");
      const int slot = state.SlotOf(op.getSizes()[static_cast<size_t>(place)]);
      if (slot < 0) return state.Fail(*op, "a tile size is known only when the interpreter runs");
      state.environment.see(slot);
      if (state.environment.ask(slot, /*is_zero=*/true) == 0)
        sizes.push_back({static_cast<int>(first) + static_cast<int>(place), slot});
    }
    RecordSharedReductions(*op, traced, sizes, state);
    Tile(traced, sizes, /*alone=*/false, /*parallel=*/true, state, loops);
  }
  for (int removed_class : removed) state.RemoveClass(removed_class);
  state.SetHandle(op.getUnit(), target);
  state.SetHandle(op.getLoops(), Join(loops));
  return true;
}

bool Trace(transform::UnrollFullOp op, TraceState& state) {
  for (const TracedLoop& loop : state.HandleOf(op.getTarget()).loops) state.LoopAt(loop).unrolled = true;
  return true;
}

}  // namespace diapason::compiler::space
