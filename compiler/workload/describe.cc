#include "compiler/workload/describe.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/workload/argument_attrs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

namespace diapason::compiler::workload {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

v1::ElementType ElementTypeOf(Type type) {
  if (type.isF32()) return v1::ELEMENT_TYPE_F32;
  if (type.isF16()) return v1::ELEMENT_TYPE_F16;
  if (type.isBF16()) return v1::ELEMENT_TYPE_BF16;
  if (type.isF64()) return v1::ELEMENT_TYPE_F64;
  if (type.isInteger(16)) return v1::ELEMENT_TYPE_I16;
  if (type.isInteger(8)) return v1::ELEMENT_TYPE_I8;
  if (type.isInteger(32)) return v1::ELEMENT_TYPE_I32;
  return v1::ELEMENT_TYPE_I64;
}

// Returns whether a destination's old value is read.
bool IsRead(BlockArgument destination) {
  for (OpOperand& use : destination.getUses()) {
    auto op = dyn_cast<linalg::GenericOp>(use.getOwner());
    if (!op || !op.isDpsInit(&use) || op.payloadUsesValueFromOperand(&use)) return true;
  }
  return false;
}

v1::ArgumentRole RoleOf(func::FuncOp func, BlockArgument argument) {
  if (argument.getArgNumber() >= func.getNumArguments() - func.getNumResults()) {
    return IsRead(argument) ? v1::ARGUMENT_ROLE_IN_OUT : v1::ARGUMENT_ROLE_OUTPUT;
  }
  return func.getArgAttr(argument.getArgNumber(), kConstantAttr) ? v1::ARGUMENT_ROLE_CONSTANT
                                                                 : v1::ARGUMENT_ROLE_INPUT;
}

void DescribeArgument(func::FuncOp func, BlockArgument argument, v1::Argument& out) {
  auto type = cast<RankedTensorType>(argument.getType());
  const unsigned index = argument.getArgNumber();
  out.set_element_type(ElementTypeOf(type.getElementType()));
  out.mutable_shape()->Add(type.getShape().begin(), type.getShape().end());
  out.set_role(RoleOf(func, argument));
  if (auto zero = func.getArgAttrOfType<DenseI64ArrayAttr>(index, kZeroAttr)) {
    for (int64_t d = 0; d < type.getRank(); ++d) {
      out.add_zero_low(zero[2 * d]);
      out.add_zero_high(zero[2 * d + 1]);
    }
  }
  if (auto bound = func.getArgAttrOfType<IntegerAttr>(index, kBoundAttr)) out.set_bound(bound.getInt());
}

int64_t Iterations(linalg::GenericOp op) {
  int64_t product = 1;
  for (int64_t extent : op.getStaticLoopRanges()) product *= extent;
  return product;
}

// Returns whether the operation counts as a FLOP: arithmetic on floats does; conversions, selects and
// constants do not.
bool IsFloatingPointOperation(Operation& op) {
  if (!isa<arith::ArithDialect, math::MathDialect>(op.getDialect())) return false;
  if (op.hasTrait<OpTrait::ConstantLike>() || isa<CastOpInterface, arith::SelectOp>(op)) return false;
  return op.getNumResults() == 1 && isa<FloatType>(op.getResult(0).getType());
}

int64_t Flops(linalg::GenericOp op) {
  auto operations = llvm::count_if(op.getBody()->without_terminator(), IsFloatingPointOperation);
  return operations * Iterations(op);
}

// Returns all ops. The first is the anchor, which is the op with the most iterations; the others are in the
// order of the text.
std::vector<linalg::GenericOp> AnchorFirst(func::FuncOp func) {
  std::vector<linalg::GenericOp> ops;
  func.walk([&](linalg::GenericOp op) { ops.push_back(op); });
  auto anchor = std::max_element(ops.begin(), ops.end(), [](linalg::GenericOp a, linalg::GenericOp b) {
    return Iterations(a) < Iterations(b);
  });
  if (anchor != ops.end()) std::rotate(ops.begin(), anchor, anchor + 1);
  return ops;
}

std::string Extents(ArrayRef<int64_t> extents) { return absl::StrJoin(extents, "x"); }

std::string ExtentsOf(ArrayRef<unsigned> loops, ArrayRef<int64_t> ranges) {
  SmallVector<int64_t> extents;
  for (unsigned loop : loops) extents.push_back(ranges[loop]);
  return Extents(extents);
}

int64_t ProductOf(ArrayRef<unsigned> loops, ArrayRef<int64_t> ranges) {
  int64_t product = 1;
  for (unsigned loop : loops) product *= ranges[loop];
  return product;
}

// Returns the shape of the anchor's first operand without its border of known zeros.
std::string InnerShape(func::FuncOp func, linalg::GenericOp anchor) {
  Value input = anchor.getDpsInputOperand(0)->get();
  SmallVector<int64_t> shape(cast<RankedTensorType>(input.getType()).getShape());
  if (auto argument = dyn_cast<BlockArgument>(input)) {
    if (auto zero = func.getArgAttrOfType<DenseI64ArrayAttr>(argument.getArgNumber(), kZeroAttr)) {
      for (size_t d = 0; d < shape.size(); ++d) shape[d] -= zero[2 * d] + zero[2 * d + 1];
    }
  }
  return Extents(shape);
}

std::string SummariseAnchor(func::FuncOp func, linalg::GenericOp anchor) {
  const SmallVector<int64_t> ranges = anchor.getStaticLoopRanges();
  auto linalg_op = cast<linalg::LinalgOp>(anchor.getOperation());
  const bool contraction = linalg::isaContractionOpInterface(linalg_op);
  if (!contraction && linalg::isaConvolutionOpInterface(linalg_op)) {
    FailureOr<linalg::ConvolutionDimensions> dims = linalg::inferConvolutionDims(linalg_op);
    if (succeeded(dims) && !dims->strides.empty()) {
      const std::string window = absl::StrCat(ExtentsOf(dims->filterLoop, ranges), " s", dims->strides[0]);
      if (!dims->depth.empty()) return absl::StrCat("depthwise ", InnerShape(func, anchor), " ", window);
      return absl::StrCat("conv2d ", InnerShape(func, anchor), " ", window, " -> ",
                          ProductOf(dims->outputChannel, ranges));
    }
  }
  if (contraction) {
    FailureOr<linalg::ContractionDimensions> dims = linalg::inferContractionDims(linalg_op);
    if (succeeded(dims)) {
      const std::string mnk = absl::StrCat(ProductOf(dims->m, ranges), "x", ProductOf(dims->n, ranges), "x",
                                           ProductOf(dims->k, ranges));
      if (dims->batch.empty()) return absl::StrCat("gemm ", mnk);
      return absl::StrCat("batch_gemm ", ProductOf(dims->batch, ranges), "x", mnk);
    }
  }
  bool gathers = false;
  anchor.walk([&](tensor::ExtractOp) { gathers = true; });
  const bool reduces = anchor.getNumReductionLoops() > 0;
  return absl::StrCat(gathers ? "gather " : reduces ? "reduce " : "elementwise ", Extents(ranges));
}

// Returns words from which a reader can recognize the epilogue, such as " residual relu".
std::string SummariseEpilogue(linalg::GenericOp epilogue) {
  std::string words;
  for (OpOperand& init : epilogue.getDpsInitsMutable()) {
    if (epilogue.payloadUsesValueFromOperand(&init)) absl::StrAppend(&words, " residual");
  }
  for (Operation& op : epilogue.getBody()->without_terminator()) {
    if (isa<math::MathDialect>(op.getDialect())) {
      StringRef name = op.getName().stripDialect();
      absl::StrAppend(&words, " ", absl::string_view(name.data(), name.size()));
    } else if (isa<arith::MaximumFOp, arith::MaxNumFOp>(op) &&
               llvm::any_of(op.getOperands(), [](Value v) { return matchPattern(v, m_AnyZeroFloat()); })) {
      absl::StrAppend(&words, " relu");
    }
  }
  return words;
}

}  // namespace

void Describe(func::FuncOp func, v1::Workload& workload) {
  for (BlockArgument argument : func.getArguments())
    DescribeArgument(func, argument, *workload.add_arguments());
  for (linalg::GenericOp op : AnchorFirst(func)) {
    for (int64_t extent : op.getStaticLoopRanges()) workload.add_extents(extent);
    workload.set_flops(workload.flops() + Flops(op));
  }
  for (BlockArgument argument : func.getArguments()) {
    if (workload.arguments(argument.getArgNumber()).role() != v1::ARGUMENT_ROLE_CONSTANT) continue;
    auto type = cast<RankedTensorType>(argument.getType());
    workload.set_constant_bytes(workload.constant_bytes() +
                                type.getNumElements() * type.getElementTypeBitWidth() / 8);
  }
}

std::string Summarise(func::FuncOp func) {
  const std::vector<linalg::GenericOp> ops = AnchorFirst(func);
  if (ops.empty()) return "no computation";
  auto ret = cast<func::ReturnOp>(func.front().getTerminator());
  auto epilogue = ret.getOperand(0).getDefiningOp<linalg::GenericOp>();
  return absl::StrCat(SummariseAnchor(func, ops.front()), epilogue ? SummariseEpilogue(epilogue) : "");
}

}  // namespace diapason::compiler::workload
