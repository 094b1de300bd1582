#include "compiler/transform/winograd_consumer.h"

#include <utility>

#include "compiler/transform/vector_code.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace diapason::compiler::transform {
namespace {

constexpr unsigned kNumLoops = 4;  // n, h, w, o
constexpr unsigned kColumn = 2;    // the first loop that is an axis of the vectors

// The indices of a row's first element in a tensor, and which of the tensor's axes are those of the vector.
std::pair<llvm::SmallVector<mlir::Value>, mlir::AffineMap> PlaceIn(mlir::AffineMap map,
                                                                   llvm::ArrayRef<mlir::Value> place) {
  llvm::SmallVector<mlir::Value> indices;
  llvm::SmallVector<mlir::AffineExpr> axes(kNumLoops - kColumn,
                                           mlir::getAffineConstantExpr(0, map.getContext()));
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis) {
    const unsigned loop = map.getDimPosition(axis);
    indices.push_back(place[loop]);
    if (loop >= kColumn) axes[loop - kColumn] = mlir::getAffineDimExpr(axis, map.getContext());
  }
  return {indices, mlir::AffineMap::get(map.getNumResults(), 0, axes, map.getContext())};
}

bool VariesInRow(mlir::AffineMap map) {
  return map.isFunctionOfDim(kColumn) || map.isFunctionOfDim(kColumn + 1);
}

}  // namespace

mlir::linalg::GenericOp FindRowConsumer(mlir::linalg::GenericOp conv) {
  if (!conv->hasOneUse()) return {};
  auto consumer = llvm::dyn_cast<mlir::linalg::GenericOp>(*conv->user_begin());
  if (!consumer || consumer.getNumLoops() != kNumLoops || consumer.getNumReductionLoops() != 0 ||
      consumer.getNumDpsInits() != 1 || !consumer.hasPureTensorSemantics() ||
      !consumer.getIndexingMapsArray().back().isPermutation() || !VectorCode::CanVectorize(consumer))
    return {};
  for (mlir::OpOperand& operand : consumer->getOpOperands()) {
    const mlir::AffineMap map = consumer.getMatchingIndexingMap(&operand);
    const bool reads_result = operand.get() == conv->getResult(0);
    if (!llvm::isa<mlir::RankedTensorType>(operand.get().getType()) || !map.isProjectedPermutation() ||
        (reads_result && (consumer.isDpsInit(&operand) || !map.isIdentity())))
      return {};
  }
  return consumer;
}

mlir::Value ConsumeRow(mlir::RewriterBase& rewriter, TileLoops& loops, mlir::linalg::GenericOp consumer,
                       mlir::linalg::GenericOp conv, mlir::Value outputs, llvm::ArrayRef<mlir::Value> place,
                       mlir::Value destination) {
  const auto shape = llvm::cast<mlir::VectorType>(outputs.getType()).getShape();
  const mlir::Value own = consumer.getDpsInits()[0];
  llvm::SmallVector<mlir::Value> arguments;
  for (mlir::OpOperand& operand : consumer->getOpOperands()) {
    mlir::Value& argument = arguments.emplace_back();
    const mlir::Value tensor = operand.get() == own ? destination : operand.get();
    const mlir::AffineMap map = consumer.getMatchingIndexingMap(&operand);
    const auto [indices, axes] = PlaceIn(map, place);
    if (operand.get() == conv->getResult(0)) {
      argument = outputs;
    } else if (consumer.payloadUsesValueFromOperand(&operand)) {
      argument = VariesInRow(map)
                     ? loops.Read(tensor, indices, shape, axes)
                     : mlir::tensor::ExtractOp::create(rewriter, consumer.getLoc(), tensor, indices);
    }
  }
  const mlir::Value result = VectorCode(rewriter, consumer).Body(arguments, shape)[0];
  const auto [indices, axes] = PlaceIn(consumer.getIndexingMapsArray().back(), place);
  return loops.Write(result, destination, indices, axes);
}

}  // namespace diapason::compiler::transform
