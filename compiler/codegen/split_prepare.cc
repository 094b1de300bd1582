#include "compiler/codegen/passes.h"
#include "compiler/workload/argument_attrs.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallBitVector.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/RegionUtils.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

SetVector<Value> InputsOf(Operation* op) {
  SetVector<Value> inputs(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), inputs);
  return inputs;
}

// Returns whether the operation is a view. Reading a constant through a view costs nothing, so that the
// result need not be stored.
bool IsView(Operation* op) {
  return isa<bufferization::ToTensorOp, memref::ExpandShapeOp, memref::CollapseShapeOp, tensor::ExpandShapeOp,
             tensor::CollapseShapeOp, tensor::ExtractSliceOp, tensor::CastOp, memref::SubViewOp>(op);
}

// Returns whether this is a linalg operation with a loop that no input's index depends on.
bool IsBroadcast(Operation* op) {
  auto linalg_op = dyn_cast<linalg::LinalgOp>(op);
  if (!linalg_op || linalg_op.getNumDpsInputs() == 0) return false;
  llvm::SmallBitVector used(linalg_op.getNumLoops());
  for (OpOperand* input : linalg_op.getDpsInputOperands()) {
    linalg_op.getMatchingIndexingMap(input).walkExprs([&](AffineExpr expr) {
      if (auto dim = dyn_cast<AffineDimExpr>(expr)) used.set(dim.getPosition());
    });
  }
  return !used.all();
}

// Finds the values of a kernel that can be computed once, when a model is loaded.
class ConstantPart {
 public:
  explicit ConstantPart(func::FuncOp func) {
    for (BlockArgument argument : func.getArguments()) {
      if (func.getArgAttr(argument.getArgNumber(), workload::kConstantAttr)) constant_.insert(argument);
    }
    for (Operation& op : func.front().without_terminator()) Classify(op);
  }

  // Returns those of the values that the rest of the kernel reads, in order.
  SmallVector<Value> Packed() const {
    SmallVector<Value> packed;
    for (Operation* op : moved_) {
      for (Value result : op->getResults()) {
        if (IsNeededOutside(result)) packed.push_back(result);
      }
    }
    return packed;
  }

  bool IsMoved(Operation* op) const { return moved_.contains(op); }

 private:
  void Classify(Operation& op) {
    if (!isMemoryEffectFree(&op) && !isa<bufferization::ToTensorOp>(op)) return;
    bool reaches = false;
    for (Value input : InputsOf(&op)) {
      if (constant_.contains(input)) {
        reaches = true;
      } else if (!neutral_.contains(input)) {
        return;
      }
    }
    if (IsBroadcast(&op)) return;
    for (Value result : op.getResults()) (reaches ? constant_ : neutral_).insert(result);
    if (reaches && !IsView(&op)) moved_.insert(&op);
  }

  bool IsNeededOutside(Value value) const {
    return llvm::any_of(value.getUsers(), [&](Operation* user) {
      while (user->getParentOp() != value.getParentRegion()->getParentOp()) user = user->getParentOp();
      if (IsView(user)) return IsNeededOutside(user->getResult(0));
      return !moved_.contains(user);
    });
  }

  DenseSet<Value> constant_;     // values that depend only on constant arguments
  DenseSet<Value> neutral_;      // values that depend on no argument
  SetVector<Operation*> moved_;  // operations that compute something from constant arguments
};

// Clones the operations that `value` is computed from, and then its own definition, except what `map` has.
Value CloneDefinition(OpBuilder& builder, Value value, IRMapping& map) {
  if (Value known = map.lookupOrNull(value)) return known;
  Operation* op = value.getDefiningOp();
  for (Value input : InputsOf(op)) CloneDefinition(builder, input, map);
  builder.clone(*op, map);
  return map.lookup(value);
}

// Replaces linalg.pack by simpler operations, so that later steps do not have to handle it.
LogicalResult LowerPacks(func::FuncOp func) {
  IRRewriter rewriter(func.getContext());
  SmallVector<linalg::PackOp> packs;
  func.walk([&](linalg::PackOp op) { packs.push_back(op); });
  for (linalg::PackOp op : packs) {
    rewriter.setInsertionPoint(op);
    if (failed(linalg::lowerPack(rewriter, op))) return op.emitError("cannot be lowered in `prepare`");
  }
  return success();
}

// Returns the operand that a value's computation starts to write into: the destination of an operation, or
// the initial value that a loop carries. Returns null if there is none.
OpOperand* DestinationOf(Value value) {
  auto result = dyn_cast<OpResult>(value);
  if (!result) return nullptr;
  if (auto op = dyn_cast<DestinationStyleOpInterface>(result.getOwner())) return op.getTiedOpOperand(result);
  if (auto loop = dyn_cast<LoopLikeOpInterface>(result.getOwner())) return loop.getTiedLoopInit(result);
  return nullptr;
}

// Makes the operation that computes an argument's final value write into the argument, which saves a buffer
// and a copy.
void ComputeInPlace(func::FuncOp func) {
  OpBuilder builder(func.getContext());
  func.walk([&](bufferization::MaterializeInDestinationOp store) {
    OpOperand* destination = DestinationOf(store.getSource());
    if (destination == nullptr || !destination->get().getDefiningOp<tensor::EmptyOp>()) return;
    builder.setInsertionPoint(destination->getOwner());
    destination->set(bufferization::ToTensorOp::create(builder, store.getLoc(), destination->get().getType(),
                                                       store.getDest(), /*restrict=*/true,
                                                       /*writable=*/true));
  });
}

class SplitPreparePass : public PassWrapper<SplitPreparePass, OperationPass<ModuleOp>> {
 public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SplitPreparePass)

  StringRef getArgument() const final { return "diapason-split-prepare"; }
  StringRef getDescription() const final {
    return "moves operations that depend only on constant arguments out of the kernel";
  }
  void getDependentDialects(DialectRegistry& registry) const override {
    registry.insert<affine::AffineDialect, bufferization::BufferizationDialect, linalg::LinalgDialect,
                    memref::MemRefDialect, tensor::TensorDialect>();
  }

  void runOnOperation() override {
    for (auto func : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      if (func->hasAttr(kKernelAttr) && failed(Split(func))) return signalPassFailure();
    }
  }

 private:
  LogicalResult Split(func::FuncOp func) {
    const ConstantPart part(func);
    const SmallVector<Value> packed = part.Packed();
    if (packed.empty()) return success();
    const unsigned first = func.getNumArguments();
    if (failed(AddPackedArguments(func, packed)) || failed(MakePrepare(func, packed, first)))
      return failure();

    OpBuilder builder = OpBuilder::atBlockBegin(&func.front());
    for (auto [i, value] : llvm::enumerate(packed)) {
      Value tensor = bufferization::ToTensorOp::create(builder, value.getLoc(), value.getType(),
                                                       func.getArgument(first + i), /*restrict=*/true);
      Value(value).replaceUsesWithIf(tensor, [&](OpOperand& use) {
        return !part.IsMoved(func.getBody().findAncestorOpInRegion(*use.getOwner()));
      });
    }
    SmallVector<Operation*> ops;
    for (Operation& op : func.front().without_terminator()) ops.push_back(&op);
    for (Operation* op : llvm::reverse(ops)) {
      if (op->use_empty() && (part.IsMoved(op) || IsView(op))) op->erase();
    }
    return success();
  }

  LogicalResult AddPackedArguments(func::FuncOp func, ArrayRef<Value> packed) {
    OpBuilder builder(func);
    const DictionaryAttr attrs = builder.getDictionaryAttr({
        builder.getNamedAttr(workload::kConstantAttr, builder.getUnitAttr()),
        builder.getNamedAttr(workload::kPackedAttr, builder.getUnitAttr()),
        builder.getNamedAttr("llvm.noalias", builder.getUnitAttr()),
    });
    for (Value value : packed) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      if (!type || !type.hasStaticShape()) {
        return emitError(value.getLoc(), "a packed constant must be a tensor of static shape, but this is ")
               << value.getType();
      }
      if (failed(func.insertArgument(func.getNumArguments(),
                                     MemRefType::get(type.getShape(), type.getElementType()), attrs,
                                     value.getLoc()))) {
        return failure();
      }
    }
    return success();
  }

  LogicalResult MakePrepare(func::FuncOp func, ArrayRef<Value> packed, unsigned first) {
    OpBuilder builder(func);
    auto prepare = func::FuncOp::create(builder, func.getLoc(), (func.getName() + "_prepare").str(),
                                        func.getFunctionType());
    prepare->setAttr(kPrepareAttr, builder.getUnitAttr());
    prepare.setAllArgAttrs(func.getArgAttrsAttr());
    OpBuilder body = OpBuilder::atBlockEnd(prepare.addEntryBlock());
    IRMapping map;
    map.map(func.getArguments(), prepare.getArguments());
    for (auto [i, value] : llvm::enumerate(packed)) {
      Value clone = CloneDefinition(body, value, map);
      auto store = bufferization::MaterializeInDestinationOp::create(body, value.getLoc(), Type(), clone,
                                                                     prepare.getArgument(first + i));
      store.setRestrict(true);
      store.setWritable(true);
    }
    func::ReturnOp::create(body, func.getLoc());
    if (failed(LowerPacks(prepare))) return failure();
    ComputeInPlace(prepare);
    return success();
  }
};

}  // namespace

std::unique_ptr<Pass> CreateSplitPreparePass() { return std::make_unique<SplitPreparePass>(); }

void RegisterCodegenPasses() {
  registerPass([] { return CreateSplitPreparePass(); });
  registerPass([] { return CreateOutlineStagesPass(); });
}

}  // namespace diapason::compiler::codegen
