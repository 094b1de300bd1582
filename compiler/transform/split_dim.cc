// Splits the loops and axes that a loop dimension reaches in place. Values at the boundary get views.
#include "compiler/transform/dim_reach.h"
#include "compiler/transform/step_parameters.h"
#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace diapason::compiler::transform {
namespace {

using mlir::DiagnosedSilenceableFailure;
using mlir::linalg::GenericOp;

class Splitter {
 public:
  explicit Splitter(int64_t size) : size_(size) {}

  void Rewrite(const DimReach& reach) {
    for (auto [op, dim] : reach.loops()) SplitLoop(llvm::cast<GenericOp>(op), dim);
    for (auto [value, axis] : reach.axes()) SplitAxis(value, axis);
  }

 private:
  static void SplitLoop(GenericOp op, unsigned dim) {
    mlir::Builder b(op.getContext());
    llvm::SmallVector<mlir::AffineMap> maps;
    for (mlir::AffineMap map : op.getIndexingMapsArray()) {
      llvm::SmallVector<mlir::AffineExpr> renumbered, indices;
      for (unsigned i = 0; i < map.getNumDims(); ++i)
        renumbered.push_back(b.getAffineDimExpr(i > dim ? i + 1 : i));
      for (mlir::AffineExpr index : map.getResults()) {
        indices.push_back(index.replaceDims(renumbered));
        if (index.isFunctionOfDim(dim)) indices.push_back(b.getAffineDimExpr(dim + 1));
      }
      maps.push_back(mlir::AffineMap::get(map.getNumDims() + 1, 0, indices, op.getContext()));
    }
    llvm::SmallVector<mlir::Attribute> kinds(op.getIteratorTypes().begin(), op.getIteratorTypes().end());
    kinds.insert(kinds.begin() + dim, kinds[dim]);
    op.setIndexingMapsAttr(b.getAffineMapArrayAttr(maps));
    op.setIteratorTypesAttr(b.getArrayAttr(kinds));
  }

  llvm::SmallVector<int64_t> SplitShape(mlir::ShapedType type, unsigned axis) const {
    llvm::SmallVector<int64_t> shape(type.getShape());
    shape[axis] /= size_;
    shape.insert(shape.begin() + axis + 1, size_);
    return shape;
  }

  static llvm::SmallVector<mlir::ReassociationIndices> Reassociation(int64_t rank, unsigned axis) {
    llvm::SmallVector<mlir::ReassociationIndices> groups;
    for (int64_t from = 0, to = 0; from < rank; ++from) {
      groups.push_back({to++});
      if (from == static_cast<int64_t>(axis)) groups.back().push_back(to++);
    }
    return groups;
  }

  void SplitAxis(mlir::Value value, unsigned axis) {
    auto old_type = llvm::cast<mlir::RankedTensorType>(value.getType());
    auto type = mlir::RankedTensorType::get(SplitShape(old_type, axis), old_type.getElementType());
    const auto groups = Reassociation(old_type.getRank(), axis);
    mlir::Operation* producer = value.getDefiningOp();
    if (producer && llvm::isa<GenericOp, mlir::tensor::EmptyOp>(producer)) {
      value.setType(type);
      ViewForOtherUsers(value, old_type, axis, groups);
      return;
    }
    mlir::OpBuilder b(value.getContext());
    b.setInsertionPointAfterValue(value);
    mlir::Value split;
    if (auto view = value.getDefiningOp<mlir::bufferization::ToTensorOp>()) {
      split =
          mlir::bufferization::ToTensorOp::create(b, view.getLoc(), type, SplitBuffer(view.getBuffer(), axis),
                                                  view.getRestrict(), view.getWritable());
    } else {
      split = mlir::tensor::ExpandShapeOp::create(b, value.getLoc(), type, value, groups);
    }
    value.replaceUsesWithIf(split, [](mlir::OpOperand& use) { return llvm::isa<GenericOp>(use.getOwner()); });
    if (producer && producer->use_empty()) producer->erase();
  }

  // Gives uses that are not linalg ops a view of the tensor in its old shape.
  void ViewForOtherUsers(mlir::Value value, mlir::RankedTensorType old_type, unsigned axis,
                         llvm::ArrayRef<mlir::ReassociationIndices> groups) {
    for (mlir::OpOperand& use : llvm::make_early_inc_range(value.getUses())) {
      if (llvm::isa<GenericOp>(use.getOwner())) continue;
      mlir::OpBuilder b(use.getOwner());
      auto store = llvm::dyn_cast<mlir::bufferization::MaterializeInDestinationOp>(use.getOwner());
      if (store && use.getOperandNumber() == 0 && llvm::isa<mlir::MemRefType>(store.getDest().getType())) {
        store.getDestMutable().assign(SplitBuffer(store.getDest(), axis));
      } else {
        use.set(mlir::tensor::CollapseShapeOp::create(b, value.getLoc(), old_type, value, groups));
      }
    }
  }

  // Returns the split view of a buffer. There is only one, so that reads and stores use the same value.
  mlir::Value SplitBuffer(mlir::Value buffer, unsigned axis) {
    mlir::Value& view = buffers_[{buffer, axis}];
    if (!view) {
      auto type = llvm::cast<mlir::MemRefType>(buffer.getType());
      mlir::OpBuilder b(buffer.getContext());
      b.setInsertionPointAfterValue(buffer);
      view = mlir::memref::ExpandShapeOp::create(b, buffer.getLoc(), SplitShape(type, axis), buffer,
                                                 Reassociation(type.getRank(), axis));
    }
    return view;
  }

  const int64_t size_;
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, mlir::Value> buffers_;
};

void Split(GenericOp op, unsigned dim, int64_t size) {
  DimReach reach;
  reach.ReachLoop(op, dim);
  Splitter(size).Rewrite(reach);
}

}  // namespace

DiagnosedSilenceableFailure SplitDimOp::apply(mlir::transform::TransformRewriter& rewriter,
                                              mlir::transform::TransformResults& results,
                                              mlir::transform::TransformState& state) {
  const std::optional<int64_t> given_size = IntegerOf(state, getSize()),
                               given_rest = getRest() ? IntegerOf(state, getRest()) : 0;
  if (!given_size || !given_rest)
    return emitSilenceableError() << "the size and the rest must each be one integer";
  const int64_t size = *given_size, rest = *given_rest;
  if (size < 1) return emitSilenceableError() << "cannot split by " << size << ": the size must be positive";
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    auto op = llvm::dyn_cast<GenericOp>(target);
    if (!op) return emitSilenceableError() << "the target is not a linalg.generic";
    const auto loops = static_cast<int64_t>(op.getNumLoops());
    const int64_t loop = getDimension() < 0 ? getDimension() + loops : getDimension();
    if (loop < 0 || loop >= loops)
      return emitSilenceableError() << "the target has no loop " << getDimension();
    const auto dim = static_cast<unsigned>(loop);
    const auto fail = [&](llvm::StringRef why) {
      return emitSilenceableError() << "cannot split loop " << getDimension() << " by " << size << ": "
                                    << why;
    };
    DimReach reach;
    if (!reach.ReachLoop(op, dim)) return fail(reach.why());
    const int64_t extent = op.getStaticLoopRanges()[dim];
    if (size > extent) return fail("the dimension is shorter");
    if (extent % size != rest) {
      return getRest() ? fail((llvm::Twine("the rest is ") + llvm::Twine(extent % size)).str())
                       : fail("the size does not divide the dimension");
    }
    if (rest != 0) Split(CutDim(op, reach, extent - rest, extent), dim, rest);
    Split(op, dim, size);
  }
  return DiagnosedSilenceableFailure::success();
}

void SplitDimOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::onlyReadsHandle(getSizeMutable(), effects);
  mlir::transform::onlyReadsHandle(getRestMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
