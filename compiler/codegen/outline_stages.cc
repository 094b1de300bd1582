#include <algorithm>
#include <string>

#include "compiler/codegen/kernel_form.h"
#include "compiler/runtime/kernel_abi.h"
#include "llvm/ADT/SetVector.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"

namespace diapason::compiler {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

// Work that becomes one stage: a top-level scf.forall, or a run of other operations.
struct Segment {
  SmallVector<Operation*> ops;
  int64_t range = 1;

  scf::ForallOp forall() const { return dyn_cast<scf::ForallOp>(ops.front()); }
};

bool IsAllocation(Operation* op) { return isa<memref::AllocOp, memref::AllocaOp>(op); }

FailureOr<int64_t> Bytes(Operation* allocation) {
  auto type = cast<MemRefType>(allocation->getResult(0).getType());
  if (!type.hasStaticShape() || !type.getLayout().isIdentity() || !type.getElementType().isIntOrFloat()) {
    return allocation->emitError("a kernel's buffers have a static size, not ") << type;
  }
  return type.getNumElements() * ((type.getElementTypeBitWidth() + 7) / 8);
}

// Whether a buffer, or a view of it, outlives the block that it is allocated in.
bool Escapes(Value buffer) {
  return llvm::any_of(buffer.getUsers(), [](Operation* user) {
    if (user->hasTrait<OpTrait::IsTerminator>()) return true;
    return isa<ViewLikeOpInterface>(user) && Escapes(user->getResult(0));
  });
}

// Gives buffers places in one block of memory, one after another.
class Arena {
 public:
  explicit Arena(Value base) : base_(base) {}

  // A view of the next free place, made by `builder`, instead of the allocation.
  FailureOr<Value> Place(Operation* allocation, OpBuilder& builder) {
    FailureOr<int64_t> bytes = Bytes(allocation);
    if (failed(bytes)) return failure();
    Location loc = allocation->getLoc();
    auto type = cast<MemRefType>(allocation->getResult(0).getType());
    Value offset = arith::ConstantIndexOp::create(builder, loc, size_);
    size_ += llvm::alignTo(*bytes, DIAPASON_ALIGNMENT);
    return memref::ViewOp::create(builder, loc, MemRefType::get(type.getShape(), type.getElementType()),
                                  base_, offset, ValueRange{})
        .getResult();
  }

  int64_t size() const { return size_; }

 private:
  Value base_;
  int64_t size_ = 0;
};

// Replaces every allocation in `func` by a place in the arena, and drops deallocations.
LogicalResult PlaceAllocations(func::FuncOp func, Arena& arena) {
  SmallVector<Operation*> allocations;
  func.walk([&](Operation* op) {
    if (IsAllocation(op)) allocations.push_back(op);
  });
  func.walk([](memref::DeallocOp op) { op.erase(); });
  OpBuilder builder = OpBuilder::atBlockBegin(&func.front());
  for (Operation* op : allocations) {
    if (op->getBlock() != &func.front() && Escapes(op->getResult(0))) {
      return op->emitError("the buffer leaves the loop that it is allocated in; hoist it out of the loop");
    }
    FailureOr<Value> place = arena.Place(op, builder);
    if (failed(place)) return failure();
    op->getResult(0).replaceAllUsesWith(*place);
    op->erase();
  }
  return success();
}

MemRefType BytesType(OpBuilder& builder) {
  return MemRefType::get({std::numeric_limits<int32_t>::max()}, builder.getI8Type());
}

FailureOr<int64_t> RangeOf(scf::ForallOp forall) {
  if (forall.getNumResults() != 0) return forall.emitError("the loop still works on tensors");
  int64_t range = 1;
  for (auto [lower, upper, step] :
       llvm::zip(forall.getMixedLowerBound(), forall.getMixedUpperBound(), forall.getMixedStep())) {
    std::optional<int64_t> first = getConstantIntValue(lower), last = getConstantIntValue(upper),
                           stride = getConstantIntValue(step);
    if (!first || !last || !stride) return forall.emitError("the range of a stage is not static");
    range *= std::max<int64_t>(0, llvm::divideCeil(*last - *first, *stride));
  }
  return range;
}

// The kernel's work in order. What has no side effects belongs to whoever uses it.
FailureOr<SmallVector<Segment>> Cut(func::FuncOp func) {
  SmallVector<Segment> segments;
  bool run_open = false;
  for (Operation& op : func.front().without_terminator()) {
    if (auto forall = dyn_cast<scf::ForallOp>(op)) {
      FailureOr<int64_t> range = RangeOf(forall);
      if (failed(range)) return failure();
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

// The loop dimensions from the slowest to the fastest.
FailureOr<SmallVector<int64_t>> OrderOf(scf::ForallOp forall) {
  SmallVector<int64_t> order;
  if (Attribute attr = forall->getAttr(kOrderAttr)) {
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
      return forall.emitError() << kOrderAttr << " must list each of the loop's " << forall.getRank()
                                << " dimensions once";
    }
  } else {
    order = llvm::to_vector(llvm::seq<int64_t>(0, forall.getRank()));
  }
  return order;
}

// Builds one stage's function from a segment.
class StageBuilder {
 public:
  // `workspace` has the places of buffers that several stages share.
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
      if (auto place = workspace_.find(definition); place != workspace_.end()) {
        map_.map(input, ViewOfWorkspace(definition, place->second));
        continue;
      }
      if (!isMemoryEffectFree(definition)) {
        return definition->emitError("a later stage uses this value; stages share buffers only");
      }
      if (failed(CloneInputs(definition))) return failure();
      builder_.clone(*definition, map_);
    }
    return success();
  }

  Value ViewOfWorkspace(Operation* allocation, int64_t place) {
    auto type = cast<MemRefType>(allocation->getResult(0).getType());
    Value offset = arith::ConstantIndexOp::create(builder_, allocation->getLoc(), place);
    return memref::ViewOp::create(builder_, allocation->getLoc(),
                                  MemRefType::get(type.getShape(), type.getElementType()), shared_, offset,
                                  ValueRange{});
  }

  LogicalResult CloneForall(scf::ForallOp forall) {
    FailureOr<SmallVector<int64_t>> order = OrderOf(forall);
    if (failed(order)) return failure();
    Location loc = forall.getLoc();
    Value one = arith::ConstantIndexOp::create(builder_, loc, 1);
    auto loop = scf::ForOp::create(builder_, loc, begin_, end_, one);
    OpBuilder::InsertionGuard guard(builder_);
    builder_.setInsertionPointToStart(loop.getBody());
    Delinearise(forall, *order, loop.getInductionVar());
    for (Operation& op : forall.getBody()->without_terminator()) builder_.clone(op, map_);
    return success();
  }

  // Maps the loop's induction variables to functions of one linear index.
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
  StringRef getDescription() const final { return "cuts a kernel into stages, functions over [begin, end)"; }
  void getDependentDialects(DialectRegistry& registry) const override {
    registry.insert<arith::ArithDialect, memref::MemRefDialect, scf::SCFDialect>();
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
    FailureOr<SmallVector<Segment>> segments = Cut(kernel);
    DenseMap<Operation*, int64_t> workspace;
    if (failed(segments) || failed(PlaceShared(kernel, workspace))) return failure();
    if (segments->empty()) return kernel.emitError("the kernel does nothing");
    for (auto [number, segment] : llvm::enumerate(*segments)) {
      func::FuncOp stage = MakeStage(kernel, number, segment.range);
      if (failed(StageBuilder(kernel, stage, workspace).Build(segment))) return failure();
      Arena scratch(stage.getArgument(kernel.getNumArguments() + 1));
      if (failed(PlaceAllocations(stage, scratch))) return failure();
      scratch_bytes_ = std::max(scratch_bytes_, scratch.size());
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
    for (unsigned i : {0u, 1u}) stage.setArgAttr(kernel.getNumArguments() + i, "llvm.noalias", builder.getUnitAttr());
    return stage;
  }

  LogicalResult FinishPrepare(func::FuncOp prepare) {
    OpBuilder builder(prepare);
    const unsigned index = prepare.getNumArguments();
    if (failed(prepare.insertArgument(index, BytesType(builder), builder.getDictionaryAttr({}),
                                      prepare.getLoc()))) {
      return failure();
    }
    Arena workspace(prepare.getArgument(index));
    if (failed(PlaceAllocations(prepare, workspace))) return failure();
    workspace_bytes_ = std::max(workspace_bytes_, workspace.size());
    return success();
  }

  int64_t workspace_bytes_ = 0;
  int64_t scratch_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Pass> CreateOutlineStagesPass() { return std::make_unique<OutlineStagesPass>(); }

}  // namespace diapason::compiler
