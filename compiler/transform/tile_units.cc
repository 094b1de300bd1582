#include "compiler/transform/loop_attrs.h"
#include "compiler/transform/step_parameters.h"
#include "compiler/transform/tile_and_fuse.h"
#include "compiler/transform/transform_ops.h"
#include "llvm/ADT/SmallBitVector.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace diapason::compiler::transform {
namespace {

using mlir::DiagnosedSilenceableFailure;
using mlir::linalg::GenericOp;

// Removes loops of one iteration from an operation and from the producers of its operands.
class LoopRemover {
 public:
  explicit LoopRemover(mlir::RewriterBase& rewriter) : rewriter_(rewriter) {}

  // Returns an operation without the loops, which must have one iteration each. Its operands and results do
  // not have the axes that these loops index.
  GenericOp Remove(GenericOp op, const llvm::SmallBitVector& loops) {
    if (auto known = done_.find(op); known != done_.end()) return known->second;
    llvm::SmallVector<mlir::Value> inputs, inits;
    llvm::SmallVector<mlir::AffineMap> maps;
    for (mlir::OpOperand& operand : op->getOpOperands()) {
      const mlir::AffineMap map = op.getMatchingIndexingMap(&operand);
      llvm::SmallBitVector axes(map.getNumResults());
      for (auto [axis, index] : llvm::enumerate(map.getResults())) {
        auto loop = llvm::dyn_cast<mlir::AffineDimExpr>(index);
        axes[axis] = loop && loops[loop.getPosition()];
      }
      const mlir::Value value = WithoutAxes(op, operand.get(), axes);
      (op.isDpsInput(&operand) ? inputs : inits).push_back(value);
      maps.push_back(WithoutLoops(map, axes, loops));
    }
    llvm::SmallVector<mlir::utils::IteratorType> kinds;
    for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
      if (!loops[loop]) kinds.push_back(kind);
    }
    rewriter_.setInsertionPoint(op);
    auto result = GenericOp::create(rewriter_, op.getLoc(), mlir::ValueRange(inits).getTypes(), inputs, inits,
                                    maps, kinds);
    mlir::IRMapping mapping;
    op.getRegion().cloneInto(&result.getRegion(), mapping);
    result->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    return done_[op] = result;
  }

 private:
  static mlir::AffineMap WithoutLoops(mlir::AffineMap map, const llvm::SmallBitVector& axes,
                                      const llvm::SmallBitVector& loops) {
    mlir::Builder b(map.getContext());
    llvm::SmallVector<mlir::AffineExpr> renumbered, indices;
    unsigned next = 0;
    for (unsigned loop = 0; loop < map.getNumDims(); ++loop)
      renumbered.push_back(loops[loop] ? b.getAffineConstantExpr(0) : b.getAffineDimExpr(next++));
    for (auto [axis, index] : llvm::enumerate(map.getResults())) {
      if (!axes[axis]) indices.push_back(index.replaceDims(renumbered));
    }
    return mlir::AffineMap::get(next, 0, indices, map.getContext());
  }

  mlir::Value WithoutAxes(GenericOp op, mlir::Value value, const llvm::SmallBitVector& axes) {
    auto producer = value.getDefiningOp<GenericOp>();
    if (producer && producer->getBlock() == op->getBlock()) {
      const auto number = llvm::cast<mlir::OpResult>(value).getResultNumber();
      const mlir::AffineMap written = producer.getIndexingMapMatchingResult(producer->getResult(number));
      llvm::SmallBitVector loops(producer.getNumLoops());
      for (unsigned axis : axes.set_bits()) {
        if (auto loop = llvm::dyn_cast<mlir::AffineDimExpr>(written.getResult(axis)))
          loops.set(loop.getPosition());
      }
      return Remove(producer, loops)->getResult(number);
    }
    if (axes.none()) return value;
    auto type = llvm::cast<mlir::RankedTensorType>(value.getType());
    llvm::SmallVector<int64_t> shape;
    for (auto [axis, size] : llvm::enumerate(type.getShape())) {
      if (!axes[axis]) shape.push_back(size);
    }
    auto reduced = mlir::RankedTensorType::get(shape, type.getElementType());
    rewriter_.setInsertionPointAfterValue(value);
    if (auto slice = value.getDefiningOp<mlir::tensor::ExtractSliceOp>();
        slice && slice.getSourceType().getRank() == type.getRank()) {
      return mlir::tensor::ExtractSliceOp::create(rewriter_, slice.getLoc(), reduced, slice.getSource(),
                                                  slice.getMixedOffsets(), slice.getMixedSizes(),
                                                  slice.getMixedStrides());
    }
    llvm::SmallVector<mlir::OpFoldResult> zeros(type.getRank(), rewriter_.getIndexAttr(0)),
        ones(type.getRank(), rewriter_.getIndexAttr(1));
    return mlir::tensor::ExtractSliceOp::create(
        rewriter_, value.getLoc(), reduced, value, zeros,
        mlir::getAsIndexOpFoldResult(rewriter_.getContext(), type.getShape()), ones);
  }

  mlir::RewriterBase& rewriter_;
  llvm::DenseMap<mlir::Operation*, GenericOp> done_;
};

// The tile sizes of all loops, and their order in the forall.
struct Tiling {
  llvm::SmallVector<int64_t> sizes;
  llvm::SmallVector<int64_t> order;  // of the dimensions of the forall, the slowest first
};

Tiling MakeTiling(GenericOp op, llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> order) {
  const llvm::SmallVector<int64_t> extents = op.getStaticLoopRanges();
  const size_t first = extents.size() - sizes.size();
  Tiling tiling;
  llvm::SmallVector<int64_t> places(sizes.size(), -1);  // of the sized loops in the forall
  int64_t num_dims = 0;
  for (size_t loop = 0; loop < extents.size(); ++loop) {
    const int64_t size = loop < first ? 1 : sizes[loop - first];
    const bool tiled = size > 0 && size < extents[loop];
    tiling.sizes.push_back(tiled ? size : 0);
    if (!tiled) continue;
    if (loop < first)
      tiling.order.push_back(num_dims);
    else
      places[loop - first] = num_dims;
    ++num_dims;
  }
  for (int64_t place : order) {
    if (places[place] >= 0) tiling.order.push_back(places[place]);
  }
  if (num_dims == 0) tiling.sizes[first] = extents[first];
  return tiling;
}

}  // namespace

DiagnosedSilenceableFailure TileUnitsOp::apply(mlir::transform::TransformRewriter& rewriter,
                                               mlir::transform::TransformResults& results,
                                               mlir::transform::TransformState& state) {
  llvm::SmallVector<int64_t> sizes;
  for (mlir::Value parameter : getSizes()) {
    const std::optional<int64_t> size = IntegerOf(state, parameter);
    if (!size) return emitSilenceableError() << "each size must be one integer";
    sizes.push_back(*size);
  }
  llvm::SmallBitVector listed(static_cast<unsigned>(sizes.size()));
  for (int64_t place : getOrder()) {
    if (place < 0 || place >= static_cast<int64_t>(sizes.size()) || listed[static_cast<unsigned>(place)])
      return emitSilenceableError() << "the order must list each size once";
    listed.set(static_cast<unsigned>(place));
  }
  if (!listed.all()) return emitSilenceableError() << "the order must list each size once";
  llvm::SmallVector<mlir::Operation*> units, foralls;
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    auto op = llvm::dyn_cast<GenericOp>(target);
    if (!op || op.hasDynamicShape() || op.getNumLoops() < sizes.size() || sizes.empty())
      return emitSilenceableError() << "the target is not a linalg.generic with a static shape and at least "
                                    << sizes.size() << " loops";
    const llvm::SmallVector<int64_t> extents = op.getStaticLoopRanges();
    const auto first = static_cast<unsigned>(extents.size() - sizes.size());
    for (auto [loop, size] : llvm::enumerate(sizes)) {
      if (size > 0 && size < extents[first + loop] && extents[first + loop] % size != 0)
        return emitSilenceableError() << "size " << size << " does not divide " << extents[first + loop];
    }
    const Tiling tiling = MakeTiling(op, sizes, getOrder());
    auto tiled = TileAndFuseIntoForall(rewriter, llvm::cast<mlir::TilingInterface>(target), tiling.sizes);
    if (mlir::failed(tiled)) return emitSilenceableError() << "the target cannot be tiled";
    mlir::Operation* forall = tiled->loops.front();
    if (!llvm::is_sorted(tiling.order)) forall->setAttr(kOrderAttr, rewriter.getI64ArrayAttr(tiling.order));
    foralls.push_back(forall);

    auto unit = llvm::cast<GenericOp>(tiled->tiledAndFusedOps.front());
    if (first > 0) {
      llvm::SmallBitVector loops(unit.getNumLoops());
      loops.set(0, first);
      GenericOp reduced = LoopRemover(rewriter).Remove(unit, loops);
      for (auto [result, by] : llvm::zip(unit->getResults(), reduced->getResults())) {
        mlir::Value removed = by;
        result.replaceUsesWithIf(removed, [](mlir::OpOperand& use) {
          return llvm::isa<mlir::tensor::ParallelInsertSliceOp>(use.getOwner());
        });
      }
      unit = reduced;
    }
    units.push_back(unit);
  }
  results.set(llvm::cast<mlir::OpResult>(getUnit()), units);
  results.set(llvm::cast<mlir::OpResult>(getLoops()), foralls);
  return DiagnosedSilenceableFailure::success();
}

void TileUnitsOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::consumesHandle(getTargetMutable(), effects);
  mlir::transform::onlyReadsHandle(getSizesMutable(), effects);
  mlir::transform::producesHandle(getOperation()->getOpResults(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
