#include "compiler/transform/compare_slices.h"

#include <optional>

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Interfaces/SubsetOpInterface.h"

namespace diapason::compiler::transform {
namespace {

using mlir::OffsetSizeAndStrideOpInterface;
using mlir::SubsetOpInterface;

using Numbers = llvm::ArrayRef<mlir::OpFoldResult>;

enum class Answer { kYes, kNo, kUnclear };

// A number as a sum of something that is not known and a constant.
struct Sum {
  mlir::Value value;                            // the unknown part, if it is one value
  mlir::AffineExpr expr;                        // or if it is an expression of some values
  std::optional<mlir::ValueRange> expr_values;  // those values
  int64_t constant = 0;
};

Sum SumOf(mlir::OpFoldResult number) {
  if (const auto constant = mlir::getConstantIntValue(number)) return {.constant = *constant};
  const auto value = llvm::cast<mlir::Value>(number);
  auto apply = value.getDefiningOp<mlir::affine::AffineApplyOp>();
  if (!apply) return {.value = value};
  mlir::AffineExpr expr = apply.getAffineMap().getResult(0);
  int64_t constant = 0;
  auto sum = llvm::dyn_cast<mlir::AffineBinaryOpExpr>(expr);
  if (sum && sum.getKind() == mlir::AffineExprKind::Add) {
    if (auto added = llvm::dyn_cast<mlir::AffineConstantExpr>(sum.getRHS())) {
      constant = added.getValue();
      expr = sum.getLHS();
    }
  }
  if (llvm::isa<mlir::AffineDimExpr, mlir::AffineSymbolExpr>(expr) && apply.getNumOperands() == 1)
    return {.value = apply.getOperand(0), .constant = constant};
  return {.expr = expr, .expr_values = apply.getOperands(), .constant = constant};
}

// Returns the difference of two numbers, if it is known.
std::optional<int64_t> Difference(mlir::OpFoldResult number, mlir::OpFoldResult other) {
  if (number == other) return 0;
  const Sum a = SumOf(number), b = SumOf(other);
  if (a.value != b.value || a.expr != b.expr || a.expr_values != b.expr_values) return std::nullopt;
  return a.constant - b.constant;
}

Answer SameNumbers(Numbers numbers, Numbers others) {
  if (numbers.size() != others.size()) return Answer::kNo;
  Answer answer = Answer::kYes;
  for (auto [number, other] : llvm::zip(numbers, others)) {
    const std::optional<int64_t> difference = Difference(number, other);
    if (!difference) {
      answer = Answer::kUnclear;
    } else if (*difference != 0) {
      return Answer::kNo;
    }
  }
  return answer;
}

Answer SameSlice(const mlir::HyperrectangularSlice& a, const mlir::HyperrectangularSlice& b) {
  const Answer answers[] = {SameNumbers(a.getMixedOffsets(), b.getMixedOffsets()),
                            SameNumbers(a.getMixedSizes(), b.getMixedSizes()),
                            SameNumbers(a.getMixedStrides(), b.getMixedStrides())};
  if (llvm::is_contained(answers, Answer::kNo)) return Answer::kNo;
  return llvm::is_contained(answers, Answer::kUnclear) ? Answer::kUnclear : Answer::kYes;
}

// Returns how many elements the slice spans in dimension `dim`, if that is a constant and there are no gaps.
std::optional<int64_t> ExtentOf(const mlir::HyperrectangularSlice& slice, size_t dim) {
  if (mlir::getConstantIntValue(slice.getMixedStrides()[dim]) != 1) return std::nullopt;
  return mlir::getConstantIntValue(slice.getMixedSizes()[dim]);
}

// Returns whether the slices have no element in common.
Answer Disjoint(const mlir::HyperrectangularSlice& a, const mlir::HyperrectangularSlice& b) {
  const size_t rank = a.getMixedOffsets().size();
  if (b.getMixedOffsets().size() != rank) return Answer::kUnclear;
  Answer answer = Answer::kNo;
  for (size_t dim = 0; dim < rank; ++dim) {
    const std::optional<int64_t> difference = Difference(a.getMixedOffsets()[dim], b.getMixedOffsets()[dim]);
    const std::optional<int64_t> a_extent = ExtentOf(a, dim), b_extent = ExtentOf(b, dim);
    if (!difference || !a_extent || !b_extent) {
      answer = Answer::kUnclear;
    } else if (*difference >= *b_extent || -*difference >= *a_extent) {
      return Answer::kYes;
    }
  }
  return answer;
}

mlir::HyperrectangularSlice SliceOf(OffsetSizeAndStrideOpInterface op) {
  return mlir::HyperrectangularSlice(op);
}

mlir::HyperrectangularSlice SliceOf(mlir::VectorTransferOpInterface op) {
  mlir::Builder builder(op->getContext());
  llvm::SmallVector<mlir::OpFoldResult> sizes;
  for (const int64_t size : op.getTransferChunkAccessed()) sizes.push_back(builder.getIndexAttr(size));
  return mlir::HyperrectangularSlice(mlir::getAsOpFoldResult(op.getIndices()), sizes);
}

template <typename Op>
class SliceModel : public SubsetOpInterface::ExternalModel<SliceModel<Op>, Op> {
 public:
  mlir::FailureOr<mlir::HyperrectangularSlice> getAccessedHyperrectangularSlice(mlir::Operation* op) const {
    return SliceOf(llvm::cast<Op>(op));
  }

  bool operatesOnEquivalentSubset(mlir::Operation* op, SubsetOpInterface candidate,
                                  llvm::function_ref<bool(mlir::Value, mlir::Value)> equivalent) const {
    const auto other = candidate.getAccessedHyperrectangularSlice();
    const Answer same = failed(other) ? Answer::kUnclear : SameSlice(SliceOf(llvm::cast<Op>(op)), *other);
    if (same == Answer::kUnclear)
      return mlir::detail::defaultOperatesOnEquivalentSubset(op, candidate, equivalent);
    return same == Answer::kYes && InSameTensor(op, candidate, equivalent);
  }

  bool operatesOnDisjointSubset(mlir::Operation* op, SubsetOpInterface candidate,
                                llvm::function_ref<bool(mlir::Value, mlir::Value)> equivalent) const {
    const auto other = candidate.getAccessedHyperrectangularSlice();
    const Answer apart = failed(other) ? Answer::kUnclear : Disjoint(SliceOf(llvm::cast<Op>(op)), *other);
    if (apart == Answer::kUnclear)
      return mlir::detail::defaultOperatesOnDisjointSubset(op, candidate, equivalent);
    return apart == Answer::kYes && InSameTensor(op, candidate, equivalent);
  }

 private:
  static bool InSameTensor(mlir::Operation* op, SubsetOpInterface candidate,
                           llvm::function_ref<bool(mlir::Value, mlir::Value)> equivalent) {
    return equivalent(mlir::detail::getTensorContainer(op), mlir::detail::getTensorContainer(candidate));
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
  registry.addExtension(+[](mlir::MLIRContext* context, mlir::vector::VectorDialect*) {
    mlir::vector::TransferReadOp::attachInterface<SliceModel<mlir::vector::TransferReadOp>>(*context);
    mlir::vector::TransferWriteOp::attachInterface<SliceModel<mlir::vector::TransferWriteOp>>(*context);
  });
}

}  // namespace diapason::compiler::transform
