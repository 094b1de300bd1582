#include "compiler/transform/plane.h"

#include <string>
#include <tuple>

#include "compiler/transform/step_parameters.h"
#include "compiler/transform/transform_ops.h"
#include "llvm/Support/FormatVariadic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"

namespace diapason::compiler::transform {
namespace {

using mlir::DiagnosedSilenceableFailure;
using mlir::linalg::LinalgOp;
using Effects = llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>;

bool ComputesOnElements(LinalgOp op) {
  return llvm::all_of(op.getBlock()->without_terminator(), [](mlir::Operation& inner) {
    return llvm::isa<mlir::arith::ConstantOp>(inner) || mlir::OpTrait::hasElementwiseMappableTraits(&inner);
  });
}

unsigned LoopAt(mlir::AffineMap map, unsigned axis) {
  return llvm::cast<mlir::AffineDimExpr>(map.getResult(axis)).getPosition();
}

// Returns the bytes that one column adds to the inputs which the columns index and the rows do not. They are
// read again for every row.
int64_t ReusedBytes(LinalgOp op, const Plane& plane) {
  int64_t bytes = 0;
  for (mlir::OpOperand* input : op.getDpsInputOperands()) {
    const mlir::AffineMap map = op.getMatchingIndexingMap(input);
    if (!map.isFunctionOfDim(static_cast<unsigned>(plane.columns))) continue;
    if (plane.rows >= 0 && map.isFunctionOfDim(static_cast<unsigned>(plane.rows))) continue;
    bytes += (mlir::getElementTypeOrSelf(input->get().getType()).getIntOrFloatBitWidth() + 7) / 8;
  }
  return bytes;
}

}  // namespace

std::optional<Plane> PlaneOf(LinalgOp op) {
  if (op.getNumLoops() == 0 || op.getNumParallelLoops() != op.getNumLoops() || op.getNumDpsInits() != 1 ||
      op.hasDynamicShape() || !ComputesOnElements(op))
    return std::nullopt;
  const mlir::AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!result.isPermutation()) return std::nullopt;
  for (mlir::OpOperand* input : op.getDpsInputOperands()) {
    if (!op.getMatchingIndexingMap(input).isProjectedPermutation()) return std::nullopt;
  }
  Plane plane;
  plane.columns = LoopAt(result, result.getNumResults() - 1);
  const llvm::SmallVector<int64_t> extents = op.getStaticLoopRanges();
  for (unsigned axis = 0; axis + 1 < result.getNumResults(); ++axis) {
    if (extents[LoopAt(result, axis)] > 1) plane.rows = LoopAt(result, axis);
  }
  unsigned most_axes = 0;
  for (mlir::OpOperand* input : op.getDpsInputOperands()) {
    const mlir::AffineMap map = op.getMatchingIndexingMap(input);
    if (!map.isFunctionOfDim(static_cast<unsigned>(plane.columns))) continue;
    const unsigned last = LoopAt(map, map.getNumResults() - 1);
    if (last == plane.columns || map.getNumResults() <= most_axes) continue;
    most_axes = map.getNumResults();
    plane.rows = last;
    plane.transposed = true;
  }
  return plane;
}

DiagnosedSilenceableFailure MatchPlaneOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                mlir::transform::TransformResults& results,
                                                mlir::transform::TransformState& state) {
  auto payload = state.getPayloadOps(getTarget());
  auto op = llvm::hasSingleElement(payload) ? llvm::dyn_cast<LinalgOp>(*payload.begin()) : LinalgOp();
  const std::optional<Plane> plane = op ? PlaneOf(op) : std::nullopt;
  if (!plane) return emitSilenceableError() << "the target is not an elementwise linalg op";
  for (mlir::Value operand : op->getOperands()) {
    if (operand.getDefiningOp<LinalgOp>())
      return emitSilenceableError() << "another linalg op computes an operand of the target";
  }
  const llvm::SmallVector<int64_t> extents = op.getStaticLoopRanges();
  mlir::Builder b(getContext());
  auto set = [&](mlir::Value result, int64_t value) {
    results.setParams(llvm::cast<mlir::OpResult>(result), {b.getI64IntegerAttr(value)});
  };
  const int64_t rows = plane->rows < 0 ? 1 : extents[plane->rows], columns = extents[plane->columns];
  int64_t all = 1;
  for (int64_t extent : extents) all *= extent;
  set(getRows(), rows);
  set(getColumns(), columns);
  set(getPlanes(), rows * columns == 0 ? 0 : all / (rows * columns));
  set(getTransposed(), plane->transposed ? 1 : 0);
  set(getReused(), ReusedBytes(op, *plane));
  return DiagnosedSilenceableFailure::success();
}

void MatchPlaneOp::getEffects(Effects& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::producesHandle(getOperation()->getOpResults(), effects);
  mlir::transform::onlyReadsPayload(effects);
}

namespace {

// Tiles that have `rows` x `columns` elements of a plane. `row_rest` rows and `column_rest` columns remain.
struct PlaneTiles {
  int64_t rows, row_rest, columns, column_rest;
};

// Returns an empty string if the tiles fit the operation, and otherwise why not.
std::string WhyNot(LinalgOp op, const Plane& plane, const PlaneTiles& tiles, bool one_piece) {
  if (tiles.rows < 1 || tiles.columns < 1) return "a tile must have at least one element";
  const int64_t rows = plane.rows < 0 ? 1 : op.getStaticLoopRanges()[plane.rows];
  for (auto [extent, size, rest] :
       {std::tuple(rows, tiles.rows, tiles.row_rest),
        std::tuple(op.getStaticLoopRanges()[plane.columns], tiles.columns, tiles.column_rest)}) {
    const int64_t expected = size >= extent ? 0 : extent % size;
    if (rest != expected) {
      return llvm::formatv("tiles of {0} leave {1} of {2}, not {3}", size, expected, extent, rest).str();
    }
    if (one_piece && rest != 0) return "the units of an scf.forall must all have the same size";
  }
  return "";
}

// Splits the last `rest` iterations of a loop off every piece.
void SplitOff(int64_t loop, int64_t rest, mlir::RewriterBase& rewriter,
              llvm::SmallVector<mlir::TilingInterface>& pieces) {
  if (rest == 0) return;
  llvm::SmallVector<mlir::TilingInterface> parts;
  for (mlir::TilingInterface piece : pieces) {
    rewriter.setInsertionPoint(piece);
    const int64_t extent = llvm::cast<LinalgOp>(piece.getOperation()).getStaticLoopRanges()[loop];
    auto [low, high] = mlir::linalg::splitOp(rewriter, piece, static_cast<unsigned>(loop),
                                             rewriter.getIndexAttr(extent - rest));
    parts.append({low, high});
  }
  pieces = std::move(parts);
}

// Tiles one piece, which the sizes divide, and returns the tile.
mlir::FailureOr<mlir::Operation*> TileOne(mlir::RewriterBase& rewriter, mlir::TilingInterface piece,
                                          const Plane& plane, const PlaneTiles& tiles, bool use_forall) {
  llvm::SmallVector<int64_t> sizes = llvm::cast<LinalgOp>(piece.getOperation()).getStaticLoopRanges();
  for (auto [loop, size] : llvm::enumerate(sizes)) {
    const auto number = static_cast<int64_t>(loop);
    const int64_t wanted = number == plane.columns ? tiles.columns : number == plane.rows ? tiles.rows : 1;
    size = size <= wanted ? 0 : wanted;
  }
  if (llvm::all_of(sizes, [](int64_t size) { return size == 0; })) return piece.getOperation();
  mlir::scf::SCFTilingOptions options;
  options.setTileSizes(mlir::getAsIndexOpFoldResult(piece.getContext(), sizes));
  if (use_forall) options.setLoopType(mlir::scf::SCFTilingOptions::LoopType::ForallOp);
  rewriter.setInsertionPoint(piece);
  auto tiled = mlir::scf::tileUsingSCF(rewriter, piece, options);
  if (mlir::failed(tiled)) return mlir::failure();
  rewriter.replaceOp(piece, tiled->replacements);
  return tiled->tiledOps.front();
}

}  // namespace

DiagnosedSilenceableFailure TilePlaneOp::apply(mlir::transform::TransformRewriter& rewriter,
                                               mlir::transform::TransformResults& results,
                                               mlir::transform::TransformState& state) {
  const auto rows = IntegerOf(state, getRows()), row_rest = IntegerOf(state, getRowRest()),
             columns = IntegerOf(state, getColumns()), column_rest = IntegerOf(state, getColumnRest());
  if (!rows || !row_rest || !columns || !column_rest)
    return emitSilenceableError() << "rows, columns and their rests must each be one integer";
  const PlaneTiles sizes = {*rows, *row_rest, *columns, *column_rest};
  llvm::SmallVector<mlir::Operation*> tiles;
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    auto op = llvm::dyn_cast<LinalgOp>(target);
    const std::optional<Plane> plane = op ? PlaneOf(op) : std::nullopt;
    if (!plane) return emitSilenceableError() << "the target is not an elementwise linalg op";
    if (const std::string why = WhyNot(op, *plane, sizes, getUseForall()); !why.empty())
      return emitSilenceableError() << why;
    llvm::SmallVector<mlir::TilingInterface> pieces = {llvm::cast<mlir::TilingInterface>(target)};
    SplitOff(plane->rows, sizes.row_rest, rewriter, pieces);
    SplitOff(plane->columns, sizes.column_rest, rewriter, pieces);
    for (mlir::TilingInterface piece : pieces) {
      auto tiled = TileOne(rewriter, piece, *plane, sizes, getUseForall());
      if (mlir::failed(tiled)) return emitSilenceableError() << "the target cannot be tiled";
      tiles.push_back(*tiled);
    }
  }
  results.set(llvm::cast<mlir::OpResult>(getTiles()), tiles);
  return DiagnosedSilenceableFailure::success();
}

void TilePlaneOp::getEffects(Effects& effects) {
  mlir::transform::consumesHandle(getTargetMutable(), effects);
  for (mlir::OpOperand* param :
       {&getRowsMutable(), &getRowRestMutable(), &getColumnsMutable(), &getColumnRestMutable()}) {
    mlir::transform::onlyReadsHandle(*param, effects);
  }
  mlir::transform::producesHandle(getOperation()->getOpResults(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
