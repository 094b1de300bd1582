#include <algorithm>
#include <string>

#include "compiler/codegen/kernel_buffers.h"
#include "compiler/codegen/passes.h"
#include "compiler/runtime/kernel_abi.h"
#include "compiler/transform/loop_attrs.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

// The operations that become one stage: a top-level scf.forall, or a sequence of other operations.
struct Segment {
  SmallVector<Operation*> ops;
  int64_t range = 1;

  scf::ForallOp forall() const { return dyn_cast<scf::ForallOp>(ops.front()); }
};

MemRefType BytesType(OpBuilder& builder) {
  return MemRefType::get({std::numeric_limits<int32_t>::max()}, builder.getI8Type());
}

FailureOr<int64_t> RangeOf(scf::ForallOp forall) {
  if (forall.getNumResults() != 0) return forall.emitError("the loop works on tensors; bufferize it first");
  int64_t range = 1;
  for (auto [lower, upper, step] :
       llvm::zip(forall.getMixedLowerBound(), forall.getMixedUpperBound(), forall.getMixedStep())) {
    std::optional<int64_t> first = getConstantIntValue(lower), last = getConstantIntValue(upper),
                           stride = getConstantIntValue(step);
    if (!first || !last || !stride) return forall.emitError("the bounds of a stage must be constants");
    range *= std::max<int64_t>(0, llvm::divideCeil(*last - *first, *stride));
  }
  return range;
}

// Returns whether `value` is computed from `index`. It follows operands only. The values of a loop's body
// count as computed from the loop's bounds and operands.
bool DependsOn(Value value, Value index, SmallPtrSetImpl<void*>& seen) {
  if (value == index) return true;
  if (!seen.insert(value.getAsOpaquePointer()).second) return false;
  Operation* op = value.getDefiningOp();
  if (op == nullptr) op = cast<BlockArgument>(value).getOwner()->getParentOp();
  if (op == nullptr || isa<func::FuncOp, scf::ForallOp>(op)) return false;
  return llvm::any_of(op->getOperands(), [&](Value operand) { return DependsOn(operand, index, seen); });
}

// Returns the buffer that `view` is a view of, or `view` itself if it is a buffer.
Value BufferOf(Value view) {
  while (auto op = view.getDefiningOp<ViewLikeOpInterface>()) view = op.getViewSource();
  return view;
}

// Returns whether all units along `index` execute the write: no condition around it depends on the index.
bool IsReachedByAll(Operation* write, scf::ForallOp forall, Value index) {
  for (Operation* op = write->getParentOp(); op != forall; op = op->getParentOp()) {
    SmallPtrSet<void*, 16> seen;
    if (isa<scf::IfOp>(op) && DependsOn(op->getOperand(0), index, seen)) return false;
  }
  return true;
}

// Checks that no two units of work write the same elements, because units run at the same time. The place
// that a unit writes to must depend on every index of the scf.forall. It does not if the units are the
// iterations of a reduction.
LogicalResult CheckUnits(scf::ForallOp forall) {
  for (auto [dimension, index] : llvm::enumerate(forall.getInductionVars())) {
    const int64_t lower = *getConstantIntValue(forall.getMixedLowerBound()[dimension]),
                  upper = *getConstantIntValue(forall.getMixedUpperBound()[dimension]),
                  step = *getConstantIntValue(forall.getMixedStep()[dimension]);
    if (llvm::divideCeil(upper - lower, step) <= 1) continue;
    const WalkResult result = forall.walk([&, dim = dimension, index = index](MemoryEffectOpInterface write) {
      SmallVector<MemoryEffects::EffectInstance> effects;
      write.getEffects(effects);
      for (const MemoryEffects::EffectInstance& effect : effects) {
        Value target = effect.getValue();
        if (!isa<MemoryEffects::Write>(effect.getEffect()) || !target || !isa<MemRefType>(target.getType()))
          continue;
        Value buffer = BufferOf(target);
        if (forall->isProperAncestor(buffer.getParentRegion()->getParentOp()) ||
            buffer.getParentRegion() == &forall.getRegion())
          continue;  // the buffer belongs to one unit
        SmallPtrSet<void*, 16> seen;
        bool depends = DependsOn(target, index, seen);
        for (Value operand : write->getOperands())
          depends |= operand.getType().isIndex() && DependsOn(operand, index, seen);
        if (depends || !IsReachedByAll(write, forall, index)) continue;
        forall.emitError()
            << "the iterations of this scf.forall along its dimension " << dim
            << " write the same elements, but run at the same time; tile this reduction with scf.for instead";
        return WalkResult::interrupt();
      }
      return WalkResult::advance();
    });
    if (result.wasInterrupted()) return failure();
  }
  return success();
}

// Returns the kernel's work in order. Operations without side effects belong to the segments that use them.
FailureOr<SmallVector<Segment>> FindSegments(func::FuncOp func) {
  SmallVector<Segment> segments;
  bool run_open = false;
  for (Operation& op : func.front().without_terminator()) {
    if (auto forall = dyn_cast<scf::ForallOp>(op)) {
      FailureOr<int64_t> range = RangeOf(forall);
      if (failed(range) || failed(CheckUnits(forall))) return failure();
      segments.push_back({{&op}, *range});
      run_open = false;
    } else if (!IsAllocation(&op) && !isa<memref::DeallocOp>(op) && !isMemoryEffectFree(&op)) {
      if (!run_open) segments.emplace_back();
      segments.back().ops.push_back(&op);
      run_open = true;
    }
  }
  return segments;
}

// Returns the loop's dimensions in the order in which they run, from the slowest to the fastest.
FailureOr<SmallVector<int64_t>> OrderOf(scf::ForallOp forall) {
  SmallVector<int64_t> order;
  if (Attribute attr = forall->getAttr(transform::kOrderAttr)) {
    if (auto numbers = dyn_cast<DenseI64ArrayAttr>(attr)) {
      order.assign(numbers.asArrayRef().begin(), numbers.asArrayRef().end());
    } else if (auto list = dyn_cast<ArrayAttr>(attr)) {
      for (Attribute element : list) {
        if (auto integer = dyn_cast<IntegerAttr>(element)) order.push_back(integer.getInt());
      }
    }
    SmallVector<int64_t> sorted(order);
    llvm::sort(sorted);
    if (!llvm::equal(sorted, llvm::seq<int64_t>(0, forall.getRank()))) {
      return forall.emitError() << transform::kOrderAttr << " must list each of the loop's "
                                << forall.getRank() << " dimensions once";
    }
  } else {
    order = llvm::to_vector(llvm::seq<int64_t>(0, forall.getRank()));
  }
  return order;
}

// Builds one stage's function from a segment.
class StageBuilder {
 public:
  // `workspace` says at which byte of the workspace each buffer lies that stages share.
  StageBuilder(func::FuncOp kernel, func::FuncOp stage, const DenseMap<Operation*, int64_t>& workspace)
      : workspace_(workspace), stage_(stage), builder_(OpBuilder::atBlockEnd(&stage.front())) {
    map_.map(kernel.getArguments(), stage.getArguments().take_front(kernel.getNumArguments()));
    ValueRange extra = stage.getArguments().drop_front(kernel.getNumArguments());
    shared_ = extra[0];
    begin_ = extra[2];
    end_ = extra[3];
  }

  LogicalResult Build(const Segment& segment) {
    if (scf::ForallOp forall = segment.forall()) {
      if (failed(CloneInputs(forall)) || failed(CloneForall(forall))) return failure();
    } else {
      for (Operation* op : segment.ops) {
        if (failed(CloneInputs(op))) return failure();
        builder_.clone(*op, map_);
      }
    }
    func::ReturnOp::create(builder_, stage_.getLoc());
    return success();
  }

 private:
  LogicalResult CloneInputs(Operation* op) {
    SetVector<Value> inputs(op->operand_begin(), op->operand_end());
    getUsedValuesDefinedAbove(op->getRegions(), inputs);
    for (Value input : inputs) {
      if (map_.contains(input)) continue;
      Operation* definition = input.getDefiningOp();
      const auto place = workspace_.find(definition);
      if (place == workspace_.end() && !isMemoryEffectFree(definition)) {
        return definition->emitError("a later stage uses this value, but stages can share only buffers");
      }
      if (failed(CloneInputs(definition))) return failure();
      if (place == workspace_.end()) {
        builder_.clone(*definition, map_);
        continue;
      }
      SmallVector<Value> sizes;
      for (Value size : definition->getOperands()) sizes.push_back(map_.lookup(size));
      map_.map(input, ViewAt(builder_, definition, shared_, place->second, sizes));
    }
    return success();
  }

  LogicalResult CloneForall(scf::ForallOp forall) {
    FailureOr<SmallVector<int64_t>> order = OrderOf(forall);
    if (failed(order)) return failure();
    Location loc = forall.getLoc();
    Value one = arith::ConstantIndexOp::create(builder_, loc, 1);
    auto loop = scf::ForOp::create(builder_, loc, begin_, end_, one);
    // LLVM must neither vectorize nor unroll this loop: a unit would be rounded differently depending on its
    // place between begin and end, and the results would depend on the number of threads.
    loop->setAttr("loop_annotation",
                  parseAttribute("#llvm.loop_annotation<disableNonforced = true>", builder_.getContext()));
    OpBuilder::InsertionGuard guard(builder_);
    builder_.setInsertionPointToStart(loop.getBody());
    Delinearise(forall, *order, loop.getInductionVar());
    for (Operation& op : forall.getBody()->without_terminator()) builder_.clone(op, map_);
    return success();
  }

  // Computes the loop's induction variables from one linear index, and maps them.
  void Delinearise(scf::ForallOp forall, ArrayRef<int64_t> order, Value rest) {
    Location loc = forall.getLoc();
    auto constant = [&](int64_t value) {
      return arith::ConstantIndexOp::create(builder_, loc, value).getResult();
    };
    for (size_t position = order.size(); position-- > 0;) {
      const int64_t d = order[position];
      const int64_t lower = *getConstantIntValue(forall.getMixedLowerBound()[d]);
      const int64_t upper = *getConstantIntValue(forall.getMixedUpperBound()[d]);
      const int64_t step = *getConstantIntValue(forall.getMixedStep()[d]);
      Value index = rest;
      if (position > 0) {
        Value count = constant(llvm::divideCeil(upper - lower, step));
        index = arith::RemUIOp::create(builder_, loc, rest, count);
        rest = arith::DivUIOp::create(builder_, loc, rest, count);
      }
      if (step != 1) index = arith::MulIOp::create(builder_, loc, index, constant(step));
      if (lower != 0) index = arith::AddIOp::create(builder_, loc, index, constant(lower));
      map_.map(forall.getInductionVars()[d], index);
    }
  }

  const DenseMap<Operation*, int64_t>& workspace_;
  func::FuncOp stage_;
  OpBuilder builder_;
  IRMapping map_;
  Value shared_, begin_, end_;
};

class OutlineStagesPass : public PassWrapper<OutlineStagesPass, OperationPass<ModuleOp>> {
 public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(OutlineStagesPass)

  StringRef getArgument() const final { return "diapason-outline-stages"; }
  StringRef getDescription() const final { return "cuts a kernel into stages: functions over [begin, end)"; }
  void getDependentDialects(DialectRegistry& registry) const override {
    registry.insert<LLVM::LLVMDialect, arith::ArithDialect, memref::MemRefDialect, scf::SCFDialect>();
  }

  void runOnOperation() override {
    workspace_bytes_ = 0;
    scratch_bytes_ = 0;
    for (auto func : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      LogicalResult done = success();
      if (func->hasAttr(kKernelAttr)) {
        done = Outline(func);
      } else if (func->hasAttr(kPrepareAttr)) {
        done = FinishPrepare(func);
      }
      if (failed(done)) return signalPassFailure();
    }
    OpBuilder builder(getOperation());
    getOperation()->setAttr(kWorkspaceAttr, builder.getI64IntegerAttr(workspace_bytes_));
    getOperation()->setAttr(kScratchAttr, builder.getI64IntegerAttr(scratch_bytes_));
  }

 private:
  LogicalResult Outline(func::FuncOp kernel) {
    FailureOr<SmallVector<Segment>> segments = FindSegments(kernel);
    DenseMap<Operation*, int64_t> workspace;
    if (failed(segments) || failed(PlaceShared(kernel, workspace))) return failure();
    if (segments->empty()) return kernel.emitError("the kernel is empty: it writes no buffer");
    for (auto [number, segment] : llvm::enumerate(*segments)) {
      func::FuncOp stage = MakeStage(kernel, number, segment.range);
      if (failed(StageBuilder(kernel, stage, workspace).Build(segment))) return failure();
      FailureOr<int64_t> scratch = PlaceAllocations(stage, stage.getArgument(kernel.getNumArguments() + 1));
      if (failed(scratch)) return failure();
      scratch_bytes_ = std::max(scratch_bytes_, *scratch);
    }
    kernel.erase();
    return success();
  }

  LogicalResult PlaceShared(func::FuncOp kernel, DenseMap<Operation*, int64_t>& workspace) {
    int64_t size = 0;
    for (Operation& op : kernel.front()) {
      if (!IsAllocation(&op)) continue;
      FailureOr<int64_t> bytes = Bytes(&op);
      if (failed(bytes)) return failure();
      workspace[&op] = size;
      size += llvm::alignTo(*bytes, DIAPASON_ALIGNMENT);
    }
    workspace_bytes_ = std::max(workspace_bytes_, size);
    return success();
  }

  func::FuncOp MakeStage(func::FuncOp kernel, size_t number, int64_t range) {
    OpBuilder builder(kernel);
    SmallVector<Type> types(kernel.getArgumentTypes());
    types.append({BytesType(builder), BytesType(builder), builder.getIndexType(), builder.getIndexType()});
    auto stage = func::FuncOp::create(builder, kernel.getLoc(),
                                      (kernel.getName() + "_stage" + std::to_string(number)).str(),
                                      builder.getFunctionType(types, {}));
    stage->setAttr(kStageAttr, builder.getI64IntegerAttr(range));
    stage.addEntryBlock();
    for (unsigned i = 0; i < kernel.getNumArguments(); ++i) stage.setArgAttrs(i, kernel.getArgAttrDict(i));
    for (unsigned i : {0u, 1u})
      stage.setArgAttr(kernel.getNumArguments() + i, "llvm.noalias", builder.getUnitAttr());
    return stage;
  }

  LogicalResult FinishPrepare(func::FuncOp prepare) {
    OpBuilder builder(prepare);
    const unsigned index = prepare.getNumArguments();
    if (failed(prepare.insertArgument(index, BytesType(builder), builder.getDictionaryAttr({}),
                                      prepare.getLoc()))) {
      return failure();
    }
    FailureOr<int64_t> workspace = PlaceAllocations(prepare, prepare.getArgument(index));
    if (failed(workspace)) return failure();
    workspace_bytes_ = std::max(workspace_bytes_, *workspace);
    return success();
  }

  int64_t workspace_bytes_ = 0;
  int64_t scratch_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Pass> CreateOutlineStagesPass() { return std::make_unique<OutlineStagesPass>(); }

}  // namespace diapason::compiler::codegen
