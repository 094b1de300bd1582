#include "compiler/codegen/kernel_buffers.h"

#include <algorithm>

#include "compiler/runtime/kernel_abi.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace diapason::compiler::codegen {

using namespace mlir;  // NOLINT: MLIR code reads badly without

// Returns whether a buffer, or a view of it, is used after the end of the block in which it is allocated.
static bool Escapes(Value buffer) {
  return llvm::any_of(buffer.getUsers(), [](Operation* user) {
    if (user->hasTrait<OpTrait::IsTerminator>()) return true;
    return isa<ViewLikeOpInterface>(user) && Escapes(user->getResult(0));
  });
}

bool IsAllocation(Operation* op) { return isa<memref::AllocOp, memref::AllocaOp>(op); }

FailureOr<int64_t> Bytes(Operation* allocation) {
  auto type = cast<MemRefType>(allocation->getResult(0).getType());
  if (!type.getLayout().isIdentity() || !type.getElementType().isIntOrFloat()) {
    return allocation->emitError("a kernel's buffer must be dense and hold numbers, but this is ") << type;
  }
  int64_t bytes = (type.getElementTypeBitWidth() + 7) / 8;
  for (int64_t extent : type.getShape()) bytes *= ShapedType::isDynamic(extent) ? 1 : extent;
  for (Value size : allocation->getOperands()) {
    FailureOr<int64_t> bound =
        ValueBoundsConstraintSet::computeConstantBound(presburger::BoundType::UB, size,
                                                       /*stopCondition=*/nullptr, /*closedUB=*/true);
    if (failed(bound))
      return allocation->emitError("the size of a kernel's buffer must have a known upper bound: ") << type;
    bytes *= std::max<int64_t>(*bound, 0);
  }
  return bytes;
}

Value ViewAt(OpBuilder& builder, Operation* allocation, Value base, int64_t place, ValueRange sizes) {
  auto type = cast<MemRefType>(allocation->getResult(0).getType());
  Value offset = arith::ConstantIndexOp::create(builder, allocation->getLoc(), place);
  return memref::ViewOp::create(builder, allocation->getLoc(),
                                MemRefType::get(type.getShape(), type.getElementType()), base, offset, sizes);
}

FailureOr<int64_t> PlaceAllocations(func::FuncOp func, Value base) {
  SmallVector<Operation*> allocations;
  func.walk([&](Operation* op) {
    if (IsAllocation(op)) allocations.push_back(op);
  });
  func.walk([](memref::DeallocOp op) { op.erase(); });
  int64_t total = 0;
  for (Operation* op : allocations) {
    if (op->getBlock() != &func.front() && Escapes(op->getResult(0))) {
      return op->emitError("the buffer is used outside of its loop; hoist it out of the loop");
    }
    FailureOr<int64_t> bytes = Bytes(op);
    if (failed(bytes)) return failure();
    OpBuilder builder(op);
    op->getResult(0).replaceAllUsesWith(ViewAt(builder, op, base, total, op->getOperands()));
    op->erase();
    total += llvm::alignTo(*bytes, DIAPASON_ALIGNMENT);
  }
  return total;
}

}  // namespace diapason::compiler::codegen
