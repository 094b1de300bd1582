#include <algorithm>
#include <array>
#include <tuple>
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
    const std::vector<int>& own = graph.nest_dims[split_dims.size()][op];
    split_dims.push_back(at == classes.end() ? -1 : own[at - classes.begin()]);
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

// Splits dimension `at` of a nest. sizes[p] is the slot of the size in piece p.
void SplitNestDim(OpNest& nest, int at, const std::vector<int>& sizes, TraceState& state) {
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
  for (size_t p = 0; p < nest.pieces.size(); ++p) {
    NestPiece& piece = nest.pieces[p];
    const int extent = piece.tile[at];
    piece.tile[at] = state.Emit(Opcode::kDiv, extent, sizes[p]);
    piece.tile.insert(piece.tile.begin() + at + 1, sizes[p]);
    for (Loop& loop : piece.loops) loop.dim += loop.dim > at;
  }
}

// The loops of the convolution that winograd rewrites, and those of its products.
enum ConvolutionLoop : size_t {
  kBatch,
  kRow,
  kColumn,
  kOut,
  kFilterRow,
  kFilterColumn,
  kIn,
  kConvolutionLoops
};
enum ProductLoop { kPoint, kTile, kProductOut, kProductIn };

struct WinogradTiles {
  int64_t points;  // of a tile
  int64_t tiles;   // of one execution of the step's target
};

WinogradTiles CountTiles(const TracedOp& op, int64_t rows, int64_t columns, TraceState& state) {
  const auto extent = [&](ConvolutionLoop loop) { return state.ValueOf(state.ExtentOf(op, loop)); };
  WinogradTiles counts = {1, extent(kBatch)};
  for (const auto [loop, filter, outputs] :
       {std::tuple(kRow, kFilterRow, rows), std::tuple(kColumn, kFilterColumn, columns)}) {
    const int64_t taps = extent(filter);
    const int64_t of_tile =
        taps == 1 ? 1 : std::clamp<int64_t>(outputs, 1, std::max<int64_t>(extent(loop), 1));
    counts.points *= of_tile + taps - 1;
    counts.tiles *= TripCount(extent(loop), of_tile);
  }
  return counts;
}

// Replaces the nest's loops and operands by those of the products.
void ReplaceLoops(const TracedOp& op, const WinogradTiles& tiles, TraceState& state) {
  OpNest& nest = state.nests.nests[op.nest];
  NestPiece& piece = nest.pieces[op.piece];
  int done = state.Constant(tiles.tiles);  // the tiles of the loops inside
  for (Loop& loop : llvm::reverse(piece.loops)) {
    if (loop.dim == kOut || loop.dim == kIn) {
      loop.dim = loop.dim == kOut ? kProductOut : kProductIn;
    } else if (loop.dim == kBatch || loop.dim == kRow || loop.dim == kColumn) {
      const int last = state.Emit(Opcode::kSub, loop.step, state.Constant(1));
      const int trips = state.Emit(Opcode::kDiv, state.Emit(Opcode::kAdd, loop.extent, last), loop.step);
      loop.dim = kTile;
      loop.step = done;
      loop.extent = done = state.Emit(Opcode::kMul, done, trips);
    } else {
      loop.dim = -1;
    }
  }
  piece.tile = {state.Constant(tiles.points), state.Constant(tiles.tiles), piece.tile[kOut], piece.tile[kIn]};
  nest.reduction = {false, false, false, true};
  OperandAccess input, weights;
  input.axes = {{{1, kPoint}}, {{1, kTile}}, {{1, kProductIn}}};
  weights.axes = {{{1, kPoint}}, {{1, kProductIn}}, {{1, kProductOut}}};
  weights.constant = weights.packed = true;
  OperandAccess result = input;
  result.axes.back() = {{1, kProductOut}};
  nest.operands = {input, weights, result};
}

// Adds a class of dimensions of one size to the graph.
int AddClass(int size, TraceState& state) {
  for (std::vector<std::vector<int>>& pieces : state.class_tiles) {
    for (std::vector<int>& sizes : pieces) sizes.push_back(size);
  }
  return state.graph.num_classes++;
}

// Replaces the dimensions of an operation in the graph by those of products: three parallel ones and a
// reduction. Tiling an operation that reads the result no longer tiles the products, because a step of the
// algorithm is between them.
void ReplaceDims(int op, const std::array<int, 4>& classes, TraceState& state) {
  state.graph.classes[op].assign(classes.begin(), classes.end());
  state.reductions[op] = {false, false, false, true};
  for (size_t nest = 0; nest < state.graph.nest_ops.size(); ++nest) {
    if (state.graph.nest_dims[nest][op].empty()) continue;
    for (std::vector<int>& dims : state.graph.nest_dims[nest]) dims.clear();
    if (state.graph.nest_ops[nest] == op) state.graph.nest_dims[nest][op] = {0, 1, 2, 3};
  }
}

// The products of Strassen's algorithm, of half the rows, columns and elements of the reduction.
constexpr int64_t kStrassenProducts = 7;
enum HalfLoop { kProduct, kHalfRow, kHalfColumn, kHalfDepth };

// Replaces the nest's loops and operands by those of the products.
void ReplaceByHalves(const TracedOp& op, const std::array<int, 4>& sizes, TraceState& state) {
  OpNest& nest = state.nests.nests[op.nest];
  NestPiece& piece = nest.pieces[op.piece];
  for (Loop& loop : piece.loops) {
    const int trips = state.Emit(Opcode::kDiv, loop.extent, loop.step);
    loop.step = sizes[++loop.dim];
    loop.extent = state.Emit(Opcode::kMul, trips, loop.step);
  }
  piece.tile.assign(sizes.begin(), sizes.end());
  nest.reduction = {false, false, false, true};
  OperandAccess left, right, result;
  left.axes = {{{1, kProduct}}, {{1, kHalfRow}}, {{1, kHalfDepth}}};
  right.axes = {{{1, kProduct}}, {{1, kHalfDepth}}, {{1, kHalfColumn}}};
  right.constant = right.packed = true;
  result.axes = {{{1, kProduct}}, {{1, kHalfRow}}, {{1, kHalfColumn}}};
  nest.operands = {left, right, result};
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
  Handle target = state.HandleOf(op.getTarget());
  if (target.ops.empty()) return true;
  const int size = state.SlotOf(op.getSize()), rest = op.getRest() ? state.SlotOf(op.getRest()) : -1;
  if (size < 0 || (op.getRest() && rest < 0))
    return state.Fail(*op, "the size is known only when the interpreter runs");
  state.environment.see(size);
  const int64_t loop = state.LoopNumber(target.ops.front(), op.getDimension());
  if (!state.HasLoop(*op, target.ops.front(), loop)) return false;
  const int split = state.graph.classes[target.ops.front().op][loop];
  std::vector<std::vector<int>> sizes;  // by nest and piece
  for (const OpNest& nest : state.nests.nests) sizes.emplace_back(nest.pieces.size(), size);
  for (TracedOp& traced : target.ops) {
    const int dim = state.NestDim(traced, loop);
    if (rest < 0 || dim < 0) continue;
    std::vector<std::vector<int>>& tiles = state.class_tiles[traced.nest];
    const int whole = state.Emit(Opcode::kSub, state.PieceOf(traced).tile[dim], rest);
    traced.piece = state.SplitPiece(traced, dim, whole);
    tiles[traced.piece][split] = whole;
    tiles[traced.piece + 1][split] = rest;
    sizes[traced.nest].push_back(size);
    sizes[traced.nest].push_back(rest);
  }
  state.SetHandle(op.getTarget(), target);
  const std::vector<int> split_dims = SplitDims(split, state.graph, state.reductions);
  for (size_t nest = 0; nest < split_dims.size(); ++nest) {
    for (size_t p = 0; p < sizes[nest].size(); ++p) {
      std::vector<int>& tiles = state.class_tiles[nest][p];
      tiles.push_back(sizes[nest][p]);
      tiles[split] = state.Emit(Opcode::kDiv, tiles[split], sizes[nest][p]);
    }
    if (split_dims[nest] >= 0) SplitNestDim(state.nests.nests[nest], split_dims[nest], sizes[nest], state);
  }
  return true;
}

bool Trace(transform::PackOperandOp op, TraceState& state) {
  for (const TracedOp& traced : state.HandleOf(op.getTarget()).ops) {
    if (op.getOperand() >= state.graph.ops[traced.op]->getNumOperands())
      return state.Fail(*op, absl::StrCat("the operation has no operand ", op.getOperand()));
    std::vector<std::vector<IndexTerm>> listed;
    for (int64_t number : op.getLoops()) {
      const int64_t loop = state.LoopNumber(traced, number);
      if (!state.HasLoop(*op, traced, loop)) return false;
      listed.push_back({{1, state.NestDim(traced, static_cast<size_t>(loop))}});
    }
    std::vector<OperandAccess>& operands = state.nests.nests[traced.nest].operands;
    if (traced.op != state.graph.nest_ops[traced.nest] || op.getOperand() >= operands.size()) continue;
    OperandAccess& operand = operands[op.getOperand()];
    const auto is_listed = [&](const std::vector<IndexTerm>& axis) {
      return llvm::any_of(listed, [&](const std::vector<IndexTerm>& other) {
        return axis.size() == 1 && axis[0].dim == other[0].dim;
      });
    };
    std::erase_if(operand.axes, is_listed);
    operand.axes.insert(operand.axes.end(), listed.begin(), listed.end());
    operand.packed = true;
  }
  return true;
}

// The products take the place of the convolution: their loops are point, tile, output channel and input
// channel. Outer loops over images, rows and columns become loops over tiles.
bool Trace(transform::WinogradOp op, TraceState& state) {
  const int rows = state.SlotOf(op.getRows()), columns = state.SlotOf(op.getColumns());
  const int split = state.SlotOf(op.getSplit());
  if (rows < 0 || columns < 0 || split < 0)
    return state.Fail(*op, "rows, columns or split are known only when the interpreter runs");
  state.environment.see(rows);
  state.environment.see(columns);
  state.environment.see(split);
  const Handle target = state.HandleOf(op.getTarget());
  if (target.ops.empty()) return true;
  if (target.ops.size() > 1) return state.Fail(*op, "it can be traced for one convolution only");
  const TracedOp traced = target.ops.front();
  if (!state.HasLoop(*op, traced, kConvolutionLoops - 1)) return false;
  const bool has_nest = traced.op == state.graph.nest_ops[traced.nest];
  const WinogradTiles tiles = CountTiles(traced, state.ValueOf(rows), state.ValueOf(columns), state);
  if (has_nest) ReplaceLoops(traced, tiles, state);
  const std::vector<int>& classes = state.graph.classes[traced.op];
  const int out = classes[kOut], in = classes[kIn];
  ReplaceDims(
      traced.op,
      {AddClass(state.Constant(tiles.points), state), AddClass(state.Constant(tiles.tiles), state), out, in},
      state);
  Handle products = target;
  const int64_t first = state.ValueOf(split);
  if (has_nest && first > 0 && first < tiles.tiles) {
    const int piece = state.SplitPiece(traced, kTile, split);
    products.ops = {{traced.op, traced.nest, piece}, {traced.op, traced.nest, piece + 1}};
  }
  state.SetHandle(op.getProducts(), std::move(products));
  return true;
}

// The products take the place of the target, whose loops are m, n, k. One with an odd number of rows is
// divided into halves that share a row.
bool Trace(transform::StrassenOp op, TraceState& state) {
  const int split = state.SlotOf(op.getSplit());
  if (split < 0) return state.Fail(*op, "split is known only when the interpreter runs");
  state.environment.see(split);
  const Handle target = state.HandleOf(op.getTarget());
  if (target.ops.empty()) return true;
  if (target.ops.size() > 1) return state.Fail(*op, "it can be traced for one product only");
  const TracedOp traced = target.ops.front();
  if (!state.HasLoop(*op, traced, 2)) return false;
  std::array<int, 4> sizes = {state.Constant(kStrassenProducts)}, classes = {};
  for (size_t loop = 0; loop < 3; ++loop) {
    const int above = state.Emit(Opcode::kAdd, state.ExtentOf(traced, loop), state.Constant(1));
    sizes[loop + 1] = state.Emit(Opcode::kDiv, above, state.Constant(2));
  }
  for (size_t dim = 0; dim < sizes.size(); ++dim) classes[dim] = AddClass(sizes[dim], state);
  const bool has_nest = traced.op == state.graph.nest_ops[traced.nest];
  if (has_nest) ReplaceByHalves(traced, sizes, state);
  ReplaceDims(traced.op, classes, state);
  Handle products = target;
  const int64_t first = state.ValueOf(split);
  if (has_nest && first > 0 && first < state.ValueOf(sizes[kHalfRow])) {
    const int piece = state.SplitPiece(traced, kHalfRow, split);
    products.ops = {{traced.op, traced.nest, piece}, {traced.op, traced.nest, piece + 1}};
  }
  state.SetHandle(op.getProducts(), std::move(products));
  return true;
}

}  // namespace diapason::compiler::space
