#include "compiler/space/anchor.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/workload/argument_attrs.h"
#include "compiler/workload/diagnostics.h"
#include "llvm/ADT/SetVector.h"
#include "mlir/Dialect/Transform/Interfaces/MatchInterfaces.h"
#include "mlir/Dialect/Transform/Transforms/TransformInterpreterUtils.h"
#include "mlir/IR/Builders.h"

namespace diapason::compiler::space {
namespace {

constexpr llvm::StringRef kFoundAttr = "diapason.found";

std::string DimAttr(size_t result) { return absl::StrCat("diapason.dim", result); }

// Adds to `needed` the sequences that `op` refers to, directly or through other sequences.
void CollectSequences(mlir::ModuleOp module, mlir::Operation* op, llvm::SetVector<mlir::Operation*>& needed) {
  op->walk([&](mlir::Operation* inner) {
    inner->getAttrDictionary().walk([&](mlir::SymbolRefAttr symbol) {
      mlir::Operation* sequence = mlir::SymbolTable::lookupSymbolIn(module, symbol);
      if (sequence && needed.insert(sequence)) CollectSequences(module, sequence, needed);
    });
  });
}

// Returns an operation of the matcher that is not allowed in matchers, or null. MLIR's interpreter reads
// uninitialized memory if it meets such an operation.
mlir::Operation* FindNonMatchingOp(mlir::transform::CollectMatchingOp matcher) {
  auto sequence = mlir::SymbolTable::lookupNearestSymbolFrom<mlir::transform::NamedSequenceOp>(
      matcher, matcher.getMatcherAttr());
  if (!sequence || sequence.isExternal()) return nullptr;
  for (mlir::Operation& op : sequence.getBody().front().without_terminator()) {
    if (!mlir::isa<mlir::transform::MatchOpInterface>(op)) return &op;
  }
  return nullptr;
}

// Returns a script that runs only the matcher, and annotates the operation that it finds with the parameters
// that it yields.
mlir::OwningOpRef<mlir::ModuleOp> MakeProbe(const Script& script,
                                            mlir::transform::CollectMatchingOp matcher) {
  mlir::OwningOpRef<mlir::ModuleOp> probe = mlir::ModuleOp::create(script.module().getLoc());
  (*probe)->setAttrs(script.module()->getAttrDictionary());
  llvm::SetVector<mlir::Operation*> needed;
  CollectSequences(script.module(), matcher, needed);
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(probe->getBody());
  for (mlir::Operation* sequence : needed) builder.clone(*sequence);

  auto main = mlir::cast<mlir::transform::NamedSequenceOp>(builder.cloneWithoutRegions(*script.main()));
  builder.createBlock(&main.getBody(), {}, main.getArgumentTypes(),
                      llvm::SmallVector<mlir::Location>(main.getNumArguments(), matcher.getLoc()));
  mlir::IRMapping mapping;
  mapping.map(script.main().getArguments(), main.getArguments());
  mlir::Operation* copy = builder.clone(*matcher, mapping);
  mlir::Value handle;
  for (mlir::OpResult result : copy->getResults()) {
    const bool parameter = mlir::isa<mlir::transform::TransformParamTypeInterface>(result.getType());
    if (!handle && !parameter) {
      handle = result;
      mlir::transform::AnnotateOp::create(builder, copy->getLoc(), handle, builder.getStringAttr(kFoundAttr),
                                          mlir::Value());
    } else if (handle && parameter) {
      mlir::transform::AnnotateOp::create(builder, copy->getLoc(), handle,
                                          builder.getStringAttr(DimAttr(result.getResultNumber())), result);
    }
  }
  mlir::transform::YieldOp::create(builder, matcher.getLoc());
  return probe;
}

}  // namespace

absl::StatusOr<std::optional<Anchor>> FindAnchor(const Script& script, mlir::ModuleOp payload) {
  Anchor anchor;
  anchor.strict = payload
                      .walk([](mlir::Operation* op) {
                        return op->hasAttr(workload::kStrictAttr) ? mlir::WalkResult::interrupt()
                                                                  : mlir::WalkResult::advance();
                      })
                      .wasInterrupted();
  auto matchers = script.main().getBody().front().getOps<mlir::transform::CollectMatchingOp>();
  if (matchers.empty()) return anchor;
  anchor.matcher = *matchers.begin();
  if (!mlir::isa<mlir::BlockArgument>(anchor.matcher.getRoot())) {
    return absl::InvalidArgumentError(
        absl::StrCat(LocationOf(anchor.matcher),
                     ": the first collect_matching must search the argument of @__transform_main"));
  }
  if (mlir::Operation* op = FindNonMatchingOp(anchor.matcher)) {
    return absl::InvalidArgumentError(
        absl::StrCat(LocationOf(op), ": ", op->getName().getStringRef().str(),
                     " cannot be used in a matcher; use only transform.match operations there"));
  }

  mlir::OwningOpRef<mlir::ModuleOp> probe = MakeProbe(script, anchor.matcher);
  mlir::OwningOpRef<mlir::ModuleOp> copy(payload.clone());
  auto probe_main = mlir::cast<mlir::transform::NamedSequenceOp>(mlir::SymbolTable::lookupSymbolIn(
      *probe, mlir::transform::TransformDialect::kTransformEntryPointSymbolName));
  workload::DiagnosticCollector diagnostics(payload.getContext());
  mlir::transform::TransformOptions options;
  options.enableExpensiveChecks(true);  // without it, the use of a consumed handle is undefined behaviour
  if (mlir::failed(mlir::transform::applyTransformNamedSequence(*copy, probe_main, *probe, options))) {
    return absl::InvalidArgumentError(
        diagnostics.Text(absl::StrCat(LocationOf(anchor.matcher), ": the matcher fails on this workload")));
  }

  std::vector<mlir::Operation*> originals;
  payload.walk([&](mlir::Operation* op) { originals.push_back(op); });
  int found = 0;
  size_t position = 0, operations = 0;
  copy->walk([&](mlir::Operation*) { ++operations; });
  if (operations != originals.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        LocationOf(anchor.matcher), ": the matcher changes the workload, which a matcher must not do"));
  }
  copy->walk([&](mlir::Operation* op) {
    mlir::Operation* original = originals[position++];
    if (!op->hasAttr(kFoundAttr) || found++ > 0) return;
    anchor.op = mlir::dyn_cast<mlir::linalg::LinalgOp>(original);
    for (mlir::OpResult result : anchor.matcher->getResults()) {
      auto dim = op->getAttrOfType<mlir::IntegerAttr>(DimAttr(result.getResultNumber()));
      if (dim) anchor.dims.emplace_back(result, dim.getInt());
    }
  });
  if (found == 0 || (found > 1 && !anchor.dims.empty())) return std::nullopt;
  return anchor;
}

}  // namespace diapason::compiler::space
