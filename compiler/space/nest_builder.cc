#include "compiler/space/nest_builder.h"

#include "absl/strings/str_cat.h"
#include "compiler/space/trace_steps.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/IR/SymbolTable.h"

namespace diapason::compiler::space {
namespace {

namespace tr = mlir::transform;

// Limits of a trace. Sketches come from users, and the includes or splits of one may multiply without end.
constexpr int kMaxSteps = 100'000;
constexpr size_t kMaxPieces = 1'000;
constexpr size_t kMaxLoops = 10'000;

// Returns whether a step leaves the loops and tiles of a nest as they are, or only changes how tiles are
// computed. Steps that work on functions and modules are not listed here. Our own steps count as such too,
// because Step follows those of them that make loops.
bool LeavesNest(mlir::Operation& op) {
  static const llvm::StringSet<> kSteps = {
      "transform.apply_cse",
      "transform.apply_dce",
      "transform.apply_licm",
      "transform.apply_patterns",
      "transform.cast",
      "transform.debug.emit_remark_at",
      "transform.loop.hoist_loop_invariant_subsets",
      "transform.loop.unroll",
      "transform.print",
      "transform.structured.convert_to_loops",
      "transform.structured.generalize",
      "transform.structured.specialize",
      "transform.structured.vectorize",
      "transform.structured.vectorize_children_and_apply_patterns",
      "transform.yield",
  };
  const llvm::StringRef name = op.getName().getStringRef();
  return kSteps.contains(name) || name.starts_with("transform.diapason.");
}

// Returns whether a region contains a step that makes loops, directly or in the sequences that it includes.
bool MakesLoops(mlir::Region& region) {
  return region
      .walk([](mlir::Operation* op) {
        if (auto include = mlir::dyn_cast<tr::IncludeOp>(op)) {
          auto sequence =
              mlir::SymbolTable::lookupNearestSymbolFrom<tr::NamedSequenceOp>(include, include.getTarget());
          return sequence && MakesLoops(sequence.getBody()) ? mlir::WalkResult::interrupt()
                                                            : mlir::WalkResult::advance();
        }
        return mlir::isa<tr::FuseOp, tr::TileUsingForOp, tr::TileUsingForallOp, tr::FuseIntoContainingOp,
                         tr::SplitOp, transform::TileRootOp, transform::TilePlaneOp, transform::TileUnitsOp,
                         transform::SplitDimOp, transform::PackOperandOp, transform::WinogradOp,
                         transform::StrassenOp>(op)
                   ? mlir::WalkResult::interrupt()
                   : mlir::WalkResult::advance();
      })
      .wasInterrupted();
}

}  // namespace

bool NestBuilder::Follow(mlir::Block& block) {
  return llvm::all_of(block, [this](mlir::Operation& op) {
    if (++steps_ > kMaxSteps || state_.num_pieces > kMaxPieces || state_.num_loops > kMaxLoops)
      return state_.Fail(op, "the sketch has too many steps, pieces or loops to be traced");
    return Step(op);
  });
}

bool NestBuilder::Step(mlir::Operation& op) {
  const auto trace = [this](auto step) { return Trace(step, state_); };
  return llvm::TypeSwitch<mlir::Operation*, bool>(&op)
      .Case([this](tr::tune::AlternativesOp o) { return Alternatives(o); })
      .Case([this](tr::IncludeOp o) { return Include(o); })
      .Case<tr::CollectMatchingOp, tr::MatchOp, tr::GetConsumersOfResult, tr::GetProducerOfOperand,
            tr::SplitHandleOp, tr::MergeHandlesOp, tr::ReplicateOp, tr::AnnotateOp, tr::FuseOp,
            tr::TileUsingForOp, tr::TileUsingForallOp, tr::FuseIntoContainingOp, transform::TileRootOp,
            transform::TilePlaneOp, transform::TileUnitsOp, transform::UnrollFullOp, tr::SplitOp,
            transform::SplitDimOp, transform::PackOperandOp, transform::WinogradOp, transform::StrassenOp>(
          trace)
      .Default([this](mlir::Operation* o) { return PassOver(*o); });
}

bool NestBuilder::PassOver(mlir::Operation& op) {
  if (LeavesNest(op)) {
    for (auto [from, to] : llvm::zip(op.getOperands(), op.getResults())) state_.Forward(from, to);
    return true;
  }
  for (mlir::Value operand : op.getOperands()) {
    if (!state_.HandleOf(operand).empty())
      return state_.Fail(op, "it is not known what this step does to the loops");
  }
  return true;
}

bool NestBuilder::Alternatives(tr::tune::AlternativesOp op) {
  int selector = state_.environment.sketch.SelectorOf(op);
  if (selector < 0 && op.getSelectedRegionParam()) selector = state_.SlotOf(op.getSelectedRegionParam());
  if (selector < 0) return state_.Fail(*op, "the region to run is known only when the interpreter runs");
  const int64_t selected = state_.environment.ask(selector, /*is_zero=*/false);
  if (selected < 0 || selected >= op->getNumRegions())
    return state_.Fail(*op, absl::StrCat("there is no region ", selected));
  if (llvm::any_of(op->getRegions(), [](mlir::Region& region) { return MakesLoops(region); }))
    state_.environment.see(selector);
  mlir::Block& block = op->getRegion(static_cast<unsigned>(selected)).front();
  if (!Follow(block)) return false;
  for (auto [from, to] : llvm::zip(block.getTerminator()->getOperands(), op->getResults()))
    state_.Forward(from, to);
  return true;
}

bool NestBuilder::Include(tr::IncludeOp op) {
  auto sequence = mlir::SymbolTable::lookupNearestSymbolFrom<tr::NamedSequenceOp>(op, op.getTarget());
  if (!sequence || sequence.isExternal())
    return state_.Fail(*op, "the sequence that it includes has no body");
  if (llvm::is_contained(state_.environment.sketch.constraint_sequences, sequence)) return true;
  mlir::Block& block = sequence.getBody().front();
  for (auto [from, to] : llvm::zip(op->getOperands(), block.getArguments())) state_.Forward(from, to);
  if (!Follow(block)) return false;
  for (auto [from, to] : llvm::zip(block.getTerminator()->getOperands(), op->getResults()))
    state_.Forward(from, to);
  return true;
}

}  // namespace diapason::compiler::space
