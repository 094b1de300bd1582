#include "compiler/transform/compare_slices.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Interfaces/SubsetOpInterface.h"

namespace diapason::compiler::transform {
namespace {

using mlir::OffsetSizeAndStrideOpInterface;
using mlir::SubsetOpInterface;

enum class Answer { kYes, kNo, kUnclear };

Answer SameNumbers(llvm::ArrayRef<int64_t> fixed, mlir::ValueRange values,
                   llvm::ArrayRef<int64_t> other_fixed, mlir::ValueRange other_values) {
  if (fixed.size() != other_fixed.size()) return Answer::kNo;
  if (fixed == other_fixed) return values == other_values ? Answer::kYes : Answer::kUnclear;
  for (auto [number, other] : llvm::zip(fixed, other_fixed)) {
    if (number != other && !mlir::ShapedType::isDynamic(number) && !mlir::ShapedType::isDynamic(other))
      return Answer::kNo;
  }
  return Answer::kUnclear;
}

Answer SameSlice(OffsetSizeAndStrideOpInterface a, OffsetSizeAndStrideOpInterface b) {
  const Answer answers[] = {
      SameNumbers(a.getStaticOffsets(), a.getOffsets(), b.getStaticOffsets(), b.getOffsets()),
      SameNumbers(a.getStaticSizes(), a.getSizes(), b.getStaticSizes(), b.getSizes()),
      SameNumbers(a.getStaticStrides(), a.getStrides(), b.getStaticStrides(), b.getStrides())};
  if (llvm::is_contained(answers, Answer::kNo)) return Answer::kNo;
  return llvm::is_contained(answers, Answer::kUnclear) ? Answer::kUnclear : Answer::kYes;
}

template <typename Slice>
class SliceModel : public SubsetOpInterface::ExternalModel<SliceModel<Slice>, Slice> {
 public:
  mlir::FailureOr<mlir::HyperrectangularSlice> getAccessedHyperrectangularSlice(mlir::Operation* op) const {
    return mlir::HyperrectangularSlice(llvm::cast<OffsetSizeAndStrideOpInterface>(op));
  }

  bool operatesOnEquivalentSubset(mlir::Operation* op, SubsetOpInterface candidate,
                                  llvm::function_ref<bool(mlir::Value, mlir::Value)> equivalent) const {
    Answer same = Answer::kUnclear;
    if (auto other = llvm::dyn_cast<OffsetSizeAndStrideOpInterface>(candidate.getOperation()))
      same = SameSlice(llvm::cast<OffsetSizeAndStrideOpInterface>(op), other);
    if (same == Answer::kUnclear)
      return mlir::detail::defaultOperatesOnEquivalentSubset(op, candidate, equivalent);
    return same == Answer::kYes &&
           equivalent(mlir::detail::getTensorContainer(op), mlir::detail::getTensorContainer(candidate));
  }
};

}  // namespace

void RegisterSliceComparison(mlir::DialectRegistry& registry) {
  registry.addExtension(+[](mlir::MLIRContext* context, mlir::tensor::TensorDialect*) {
    mlir::tensor::ExtractSliceOp::attachInterface<SliceModel<mlir::tensor::ExtractSliceOp>>(*context);
    mlir::tensor::InsertSliceOp::attachInterface<SliceModel<mlir::tensor::InsertSliceOp>>(*context);
    mlir::tensor::ParallelInsertSliceOp::attachInterface<SliceModel<mlir::tensor::ParallelInsertSliceOp>>(
        *context);
  });
}

}  // namespace diapason::compiler::transform
