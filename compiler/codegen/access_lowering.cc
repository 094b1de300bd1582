#include "compiler/codegen/access_lowering.h"

#include <optional>

#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

// Where the elements of a buffer lie, counted in elements from its aligned pointer.
struct StaticLayout {
  int64_t offset = 0;
  SmallVector<int64_t> strides;
};

std::optional<StaticLayout> LayoutOf(MemRefType type) {
  StaticLayout layout;
  if (auto strided = dyn_cast<StridedLayoutAttr>(type.getLayout())) {
    layout.offset = strided.getOffset();
    layout.strides = SmallVector<int64_t>(strided.getStrides());
  } else if (type.getLayout().isIdentity() && type.hasStaticShape()) {
    layout.strides.resize(type.getRank());
    int64_t stride = 1;
    for (int64_t axis = type.getRank() - 1; axis >= 0; --axis) {
      layout.strides[axis] = stride;
      stride *= type.getDimSize(axis);
    }
  } else {
    return std::nullopt;
  }
  if (ShapedType::isDynamic(layout.offset) || llvm::any_of(layout.strides, ShapedType::isDynamic))
    return std::nullopt;
  return layout;
}

// Returns the type of an access if the patterns below can lower it.
Type AccessType(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  if (vector && (vector.getRank() != 1 || vector.isScalable())) return {};
  const Type element = vector ? vector.getElementType() : type;
  return element.isIntOrFloat() && element.getIntOrFloatBitWidth() % 8 == 0 ? element : Type();
}

// Returns the address of the element at `indices`, as one sum of the indices times their strides.
Value AddressOf(Location loc, Type element, const StaticLayout& layout, Value descriptor, ValueRange original,
                ValueRange indices, ConversionPatternRewriter& rewriter) {
  int64_t constant = layout.offset;
  Value sum;
  for (auto [stride, before, index] : llvm::zip(layout.strides, original, indices)) {
    if (const auto number = getConstantIntValue(before)) {
      constant += *number * stride;
      continue;
    }
    Value term = index;
    if (stride != 1) {
      const Value factor = LLVM::ConstantOp::create(rewriter, loc, index.getType(), stride);
      term = LLVM::MulOp::create(rewriter, loc, index, factor);
    }
    sum = sum ? LLVM::AddOp::create(rewriter, loc, sum, term).getResult() : term;
  }
  if (!sum || constant != 0) {
    const Value rest = LLVM::ConstantOp::create(rewriter, loc, rewriter.getI64Type(), constant);
    sum = sum ? LLVM::AddOp::create(rewriter, loc, sum, rest).getResult() : rest;
  }
  const Value pointer = MemRefDescriptor(descriptor).alignedPtr(rewriter, loc);
  return LLVM::GEPOp::create(rewriter, loc, pointer.getType(), element, pointer, sum);
}

template <typename Op>
class LowerAccess : public ConvertOpToLLVMPattern<Op> {
 public:
  explicit LowerAccess(const LLVMTypeConverter& types) : ConvertOpToLLVMPattern<Op>(types, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter& rewriter) const override {
    constexpr bool kLoads = std::is_same_v<Op, memref::LoadOp> || std::is_same_v<Op, vector::LoadOp>;
    // The operands of a load are the buffer and the indices; those of a store begin with the value.
    const unsigned buffer = kLoads ? 0 : 1;
    const Type type = kLoads ? op->getResult(0).getType() : op->getOperand(0).getType();
    const Type element = AccessType(type);
    const auto layout = LayoutOf(cast<MemRefType>(op->getOperand(buffer).getType()));
    if (!element || !layout) return failure();
    const ValueRange operands = adaptor.getOperands();
    const Value address = AddressOf(op.getLoc(), element, *layout, operands[buffer],
                                    ValueRange(op->getOperands()).drop_front(buffer + 1),
                                    operands.drop_front(buffer + 1), rewriter);
    const auto alignment =
        static_cast<unsigned>(op.getAlignment().value_or(element.getIntOrFloatBitWidth() / 8));
    if constexpr (kLoads) {
      rewriter.replaceOpWithNewOp<LLVM::LoadOp>(op, this->typeConverter->convertType(type), address,
                                                alignment,
                                                /*isVolatile=*/false, op.getNontemporal());
    } else {
      rewriter.replaceOpWithNewOp<LLVM::StoreOp>(op, operands[0], address, alignment, /*isVolatile=*/false,
                                                 op.getNontemporal());
    }
    return success();
  }
};

}  // namespace

void PopulateAccessLowering(const LLVMTypeConverter& types, RewritePatternSet& patterns) {
  patterns.add<LowerAccess<memref::LoadOp>, LowerAccess<memref::StoreOp>, LowerAccess<vector::LoadOp>,
               LowerAccess<vector::StoreOp>>(types);
}

}  // namespace diapason::compiler::codegen
