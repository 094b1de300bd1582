#include "compiler/workload/canonical_form.h"

#include "compiler/workload/argument_attrs.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace diapason::compiler::workload {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

constexpr char kFunctionName[] = "workload";

bool IsSupportedElement(Type type) {
  return type.isF32() || type.isF16() || type.isBF16() || type.isF64() || type.isSignlessInteger(8) ||
         type.isSignlessInteger(16) || type.isSignlessInteger(32) || type.isSignlessInteger(64);
}

FailureOr<func::FuncOp> OnlyFunction(ModuleOp module) {
  func::FuncOp found;
  for (Operation& op : *module.getBody()) {
    auto func = dyn_cast<func::FuncOp>(op);
    if (!func) return op.emitError("the module of a workload must contain one func.func and nothing else");
    if (found) return func.emitError("a workload must be one function, but this is the second");
    if (func.isExternal()) return func.emitError("the workload's function has no body");
    if (!func.getBody().hasOneBlock()) return func.emitError("the workload's function must be one block");
    found = func;
  }
  if (!found) return module.emitError("there is no function; a workload must be one func.func on tensors");
  return found;
}

LogicalResult CheckBoundaryType(func::FuncOp func, Type type, StringRef what, unsigned index) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor) return func.emitError() << what << " " << index << " must be a ranked tensor, but is " << type;
  if (!tensor.hasStaticShape())
    return func.emitError() << what << " " << index << " has a dynamic shape: " << type;
  if (tensor.getNumElements() == 0) return func.emitError() << what << " " << index << " is empty: " << type;
  if (!IsSupportedElement(tensor.getElementType())) {
    return func.emitError() << what << " " << index << " has elements of type " << tensor.getElementType()
                            << "; use f16, bf16, f32, f64, i8, i16, i32 or i64 (and i8 for booleans)";
  }
  return success();
}

LogicalResult CheckArgumentAttributes(func::FuncOp func, unsigned index) {
  auto type = cast<RankedTensorType>(func.getArgumentTypes()[index]);
  if (Attribute attr = func.getArgAttr(index, kZeroAttr)) {
    auto zero = dyn_cast<DenseI64ArrayAttr>(attr);
    if (!zero || zero.size() != 2 * type.getRank()) {
      return func.emitError() << "argument " << index << ": " << kZeroAttr
                              << " must be array<i64: low0, high0, ...>, two numbers for each dimension of "
                              << type;
    }
    for (int64_t d = 0; d < type.getRank(); ++d) {
      if (zero[2 * d] < 0 || zero[2 * d + 1] < 0 || zero[2 * d] + zero[2 * d + 1] > type.getDimSize(d)) {
        return func.emitError() << "argument " << index << ": " << kZeroAttr << " does not fit dimension "
                                << d << " of " << type;
      }
    }
  }
  if (Attribute attr = func.getArgAttr(index, kBoundAttr)) {
    auto bound = dyn_cast<IntegerAttr>(attr);
    if (!bound || bound.getInt() <= 0 || !type.getElementType().isInteger()) {
      return func.emitError() << "argument " << index << ": " << kBoundAttr
                              << " must be a positive integer on a tensor of integers";
    }
  }
  return success();
}

LogicalResult Check(func::FuncOp func) {
  if (func.getNumResults() == 0) return func.emitError("the workload's function has no result");
  for (auto [i, type] : llvm::enumerate(func.getArgumentTypes())) {
    if (failed(CheckBoundaryType(func, type, "argument", i))) return failure();
    if (failed(CheckArgumentAttributes(func, i))) return failure();
  }
  for (auto [i, type] : llvm::enumerate(func.getResultTypes())) {
    if (failed(CheckBoundaryType(func, type, "result", i))) return failure();
  }
  for (Operation& op : func.front()) {
    if (!isMemoryEffectFree(&op) && !isa<linalg::LinalgOp, func::ReturnOp>(op)) {
      return op.emitError("has side effects, so it cannot be a part of a workload");
    }
    for (Type type : op.getResultTypes()) {
      auto shaped = dyn_cast<ShapedType>(type);
      if (shaped && (!isa<RankedTensorType>(type) || !shaped.hasStaticShape())) {
        return op.emitError("a workload's values must be tensors of static shape, but this is ") << type;
      }
    }
  }
  return success();
}

// Replaces named linalg ops by generic ones, and ops such as linalg.softmax by the ops that they consist of.
LogicalResult Generalise(func::FuncOp func) {
  IRRewriter rewriter(func.getContext());
  SmallVector<linalg::AggregatedOpInterface> aggregated;
  func.walk([&](linalg::AggregatedOpInterface op) { aggregated.push_back(op); });
  for (linalg::AggregatedOpInterface op : aggregated) {
    rewriter.setInsertionPoint(op);
    FailureOr<SmallVector<Value>> parts = op.decomposeOperation(rewriter);
    if (failed(parts)) return op.emitError("cannot be decomposed");
    rewriter.replaceOp(op, *parts);
  }
  SmallVector<linalg::LinalgOp> named;
  func.walk([&](linalg::LinalgOp op) {
    if (!isa<linalg::GenericOp>(op.getOperation())) named.push_back(op);
  });
  for (linalg::LinalgOp op : named) {
    rewriter.setInsertionPoint(op);
    if (failed(linalg::generalizeNamedOp(rewriter, op)))
      return op.emitError("cannot be written as linalg.generic");
  }
  return success();
}

// Sets the fast-math flags, which say what rounding is allowed. A schedule chooses how a reduction is
// summed, so a product and a sum in it may be rounded together. Elementwise operations keep the rounding of
// the text, and functions whether they may be approximate. Of two zeroes with different signs, either may be
// the larger.
void NormaliseFastMath(func::FuncOp func) {
  using arith::FastMathFlags;
  func.walk([&](arith::ArithFastMathInterface op) {
    if (isa<CastOpInterface>(op.getOperation())) return;  // a conversion rounds in one way
    auto parent = op->getParentOfType<linalg::LinalgOp>();
    FastMathFlags kept = FastMathFlags::contract;
    if (isa<math::MathDialect>(op->getDialect())) kept = kept | FastMathFlags::afn;
    FastMathFlags flags = op.getFastMathFlagsAttr().getValue() & kept;
    if (parent && parent.getNumReductionLoops() > 0) flags = FastMathFlags::contract;
    if (isa<arith::MaximumFOp, arith::MinimumFOp>(op.getOperation())) flags = flags | FastMathFlags::nsz;
    op->setAttr(op.getFastMathAttrName(), arith::FastMathFlagsAttr::get(func.getContext(), flags));
  });
}

// Returns whether `op` is elementwise and writes its result number `index` in the order of its loops.
bool IsElementwise(linalg::GenericOp op, unsigned index) {
  return op && op.getNumParallelLoops() == op.getNumLoops() &&
         op.getMatchingIndexingMap(op.getDpsInitOperand(index)).isIdentity();
}

// Returns the function's argument that `value` is computed into, through the inits of linalg ops, or null.
BlockArgument DestinationOf(Value value) {
  while (auto result = dyn_cast<OpResult>(value)) {
    auto op = dyn_cast<linalg::GenericOp>(result.getOwner());
    if (!op) return nullptr;
    value = op.getDpsInitOperand(result.getResultNumber())->get();
  }
  return cast<BlockArgument>(value);
}

Value MakeIdentity(Value value, Value destination, OpBuilder& builder) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  return linalg::GenericOp::create(builder, value.getLoc(), type, value, destination, maps, iterators,
                                   [](OpBuilder& b, Location loc, ValueRange elements) {
                                     linalg::YieldOp::create(b, loc, elements[0]);
                                   })
      .getResult(0);
}

// Makes an elementwise op write each result to a separate argument. Returns these arguments.
FailureOr<SmallVector<BlockArgument>> TieResults(func::FuncOp func) {
  auto ret = cast<func::ReturnOp>(func.front().getTerminator());
  OpBuilder builder(ret);
  SmallVector<BlockArgument> destinations;
  for (OpOperand& operand : ret->getOpOperands()) {
    Value value = operand.get();
    BlockArgument destination = DestinationOf(value);
    if (destination == value || llvm::is_contained(destinations, destination)) destination = nullptr;
    const bool given = destination != nullptr;
    if (!given) {
      const unsigned index = func.getNumArguments();
      if (failed(
              func.insertArgument(index, value.getType(), builder.getDictionaryAttr({}), value.getLoc()))) {
        return failure();
      }
      destination = func.getArgument(index);
    }
    if (func.getArgAttr(destination.getArgNumber(), kConstantAttr)) {
      return func.emitError() << "argument " << destination.getArgNumber()
                              << " is written, so it cannot be a constant";
    }
    destinations.push_back(destination);
    auto op = value.getDefiningOp<linalg::GenericOp>();
    const unsigned number = op ? cast<OpResult>(value).getResultNumber() : 0;
    if (IsElementwise(op, number)) {
      OpOperand* init = op.getDpsInitOperand(number);
      if (init->get() == destination) continue;
      if (!op.payloadUsesValueFromOperand(init) && value.hasOneUse()) {
        init->set(destination);
        continue;
      }
    }
    operand.set(MakeIdentity(value, destination, builder));
  }
  return destinations;
}

// Moves the destinations behind the other arguments, in the order of the results.
LogicalResult MoveLast(func::FuncOp func, ArrayRef<BlockArgument> destinations) {
  const unsigned first = func.getNumArguments() - destinations.size();
  bool in_place = true;
  for (auto [i, argument] : llvm::enumerate(destinations)) in_place &= argument.getArgNumber() == first + i;
  if (in_place) return success();
  for (BlockArgument argument : destinations) {
    const unsigned old = argument.getArgNumber();
    if (failed(func.insertArgument(func.getNumArguments(), argument.getType(), func.getArgAttrDict(old),
                                   argument.getLoc()))) {
      return failure();
    }
    argument.replaceAllUsesWith(func.getArguments().back());
    if (failed(func.eraseArgument(old))) return failure();
  }
  return success();
}

void EraseDeadOps(func::FuncOp func) {
  SmallVector<Operation*> ops;
  for (Operation& op : func.front().without_terminator()) ops.push_back(&op);
  for (Operation* op : llvm::reverse(ops)) {
    if (op->use_empty()) op->erase();
  }
}

void Normalise(ModuleOp module, func::FuncOp func) {
  module->setDiscardableAttrs(DictionaryAttr::get(module.getContext()));
  if (module.getSymNameAttr()) module.removeSymNameAttr();
  func->setDiscardableAttrs(DictionaryAttr::get(func.getContext()));
  func.setName(kFunctionName);
  func.setPublic();
  func.removeResAttrsAttr();
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    SmallVector<NamedAttribute> kept;
    for (StringRef name : {kBoundAttr, kConstantAttr, kZeroAttr}) {
      if (Attribute attr = func.getArgAttr(i, name))
        kept.emplace_back(StringAttr::get(func.getContext(), name), attr);
    }
    func.setArgAttrs(i, kept);
  }
}

}  // namespace

void RegisterWorkloadDialects(DialectRegistry& registry) {
  registry.insert<affine::AffineDialect, arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect,
                  math::MathDialect, scf::SCFDialect, tensor::TensorDialect>();
}

FailureOr<func::FuncOp> ToCanonicalForm(ModuleOp module) {
  FailureOr<func::FuncOp> func = OnlyFunction(module);
  if (failed(func) || failed(Check(*func)) || failed(Generalise(*func))) return failure();
  NormaliseFastMath(*func);
  FailureOr<SmallVector<BlockArgument>> destinations = TieResults(*func);
  if (failed(destinations) || failed(MoveLast(*func, *destinations))) return failure();
  EraseDeadOps(*func);
  Normalise(module, *func);
  return func;
}

}  // namespace diapason::compiler::workload
