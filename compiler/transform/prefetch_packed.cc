#include "compiler/transform/argument_roles.h"
#include "compiler/transform/transform_ops.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace diapason::compiler::transform {
namespace {

using mlir::DiagnosedSilenceableFailure;

constexpr int64_t kLineBytes = 64;
constexpr unsigned kIntoL2 = 2;  // memref.prefetch's locality hint

bool DependsOn(mlir::Value value, mlir::Value on) {
  if (value == on) return true;
  mlir::Operation* op = value.getDefiningOp();
  return op && llvm::any_of(op->getOperands(), [&](mlir::Value operand) { return DependsOn(operand, on); });
}

// Numbers the iterations of the loops around a loop that all read the same packed data.
struct TileNumber {
  int64_t count = 1;        // the number of these iterations
  mlir::AffineExpr number;  // the current iteration, as a function of `ivs`
  llvm::SmallVector<mlir::Value> ivs;
};

TileNumber NumberTiles(mlir::scf::ForOp loop, mlir::ValueRange indices) {
  TileNumber tiles;
  tiles.number = mlir::getAffineConstantExpr(0, loop.getContext());
  for (auto outer = loop->getParentOfType<mlir::LoopLikeOpInterface>(); outer;
       outer = outer->getParentOfType<mlir::LoopLikeOpInterface>()) {
    const auto ivs = outer.getLoopInductionVars();
    const auto lows = outer.getLoopLowerBounds(), highs = outer.getLoopUpperBounds(),
               steps = outer.getLoopSteps();
    if (!ivs || !lows || !highs || !steps) break;
    for (int64_t i = static_cast<int64_t>(ivs->size()) - 1; i >= 0; --i) {
      const mlir::Value iv = (*ivs)[i];
      if (llvm::any_of(indices, [&](mlir::Value index) { return DependsOn(index, iv); })) continue;
      const auto low = mlir::getConstantIntValue((*lows)[i]), high = mlir::getConstantIntValue((*highs)[i]),
                 step = mlir::getConstantIntValue((*steps)[i]);
      if (!low || !high || !step) continue;
      const auto dim = mlir::getAffineDimExpr(static_cast<unsigned>(tiles.ivs.size()), loop.getContext());
      tiles.number = tiles.number + (dim - *low).floorDiv(*step) * tiles.count;
      tiles.count *= (*high - *low + *step - 1) / *step;
      tiles.ivs.push_back(iv);
    }
  }
  return tiles;
}

// Returns for each packed constant its reads directly in the loop's body.
llvm::MapVector<mlir::Value, llvm::SmallVector<mlir::vector::TransferReadOp>> PackedReads(
    mlir::scf::ForOp loop) {
  llvm::MapVector<mlir::Value, llvm::SmallVector<mlir::vector::TransferReadOp>> reads;
  for (auto read : loop.getBody()->getOps<mlir::vector::TransferReadOp>()) {
    auto argument = llvm::dyn_cast<mlir::BlockArgument>(read.getBase());
    if (argument && FindArgument(argument) && HasArgumentAttr(argument, workload::kPackedAttr) &&
        read.getIndices().size() >= 2)
      reads[argument].push_back(read);
  }
  return reads;
}

// Prefetches what is at the next index of the axis. Behind the last index this is the beginning of the next
// slice of the axes before, because the array is contiguous.
void PrefetchNextBlock(mlir::scf::ForOp loop, llvm::ArrayRef<mlir::vector::TransferReadOp> reads,
                       int64_t axis) {
  mlir::vector::TransferReadOp first = reads.front();
  auto type = llvm::cast<mlir::MemRefType>(first.getBase().getType());
  const int64_t rank = type.getRank();
  if (axis >= rank - 2 && axis > 0) return;
  const int64_t line = kLineBytes * 8 / type.getElementTypeBitWidth();  // in elements
  const int64_t row = type.getDimSize(rank - 1), lines_per_row = (row + line - 1) / line;
  if (type.getDimSize(axis) < 2) return;

  // One run of the loop's body reads `lines` cache lines. The same lines of the next block are prefetched,
  // and the iterations of the surrounding loops share them.
  int64_t elements = 0;
  for (mlir::vector::TransferReadOp read : reads) elements += read.getVectorType().getNumElements();
  const int64_t lines = std::max<int64_t>(1, elements / row) * lines_per_row;
  const TileNumber tiles = NumberTiles(loop, first.getIndices());
  const int64_t share = (lines + tiles.count - 1) / tiles.count;
  mlir::OpBuilder b(first);
  const mlir::Location loc = first.getLoc();
  const unsigned num_ivs = static_cast<unsigned>(tiles.ivs.size());
  auto apply = [&](mlir::AffineExpr expr, mlir::Value index) -> mlir::Value {
    llvm::SmallVector<mlir::Value> operands(tiles.ivs);
    operands.push_back(index);
    return mlir::affine::AffineApplyOp::create(b, loc, mlir::AffineMap::get(num_ivs + 1, 0, expr), operands);
  };
  const mlir::AffineExpr here = b.getAffineDimExpr(num_ivs);
  for (int64_t i = 0; i < share; ++i) {
    const mlir::AffineExpr number = (tiles.number * share + i) % lines;
    llvm::SmallVector<mlir::Value> at(first.getIndices());
    at[axis] = apply(here + 1, at[axis]);
    at[rank - 2] = apply(here + number.floorDiv(lines_per_row), at[rank - 2]);
    at[rank - 1] = apply(number % lines_per_row * line, at[rank - 1]);
    mlir::memref::PrefetchOp::create(b, loc, first.getBase(), at, /*isWrite=*/false, kIntoL2,
                                     /*isDataCache=*/true);
  }
}

}  // namespace

DiagnosedSilenceableFailure PrefetchPackedOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                    mlir::transform::TransformResults& results,
                                                    mlir::transform::TransformState& state) {
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    target->walk([this](mlir::scf::ForOp loop) {
      for (auto& [argument, reads] : PackedReads(loop)) PrefetchNextBlock(loop, reads, getAxis());
    });
  }
  return DiagnosedSilenceableFailure::success();
}

void PrefetchPackedOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
