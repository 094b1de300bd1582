#include "compiler/transform/known_patterns.h"
#include "compiler/transform/transform_ops.h"
#include "llvm/ADT/STLExtras.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace diapason::compiler::transform {

using mlir::DiagnosedSilenceableFailure;
using mlir::transform::PatternDescriptorOpInterface;

const mlir::FrozenRewritePatternSet& KnownPatterns::Get(mlir::Region& region) const {
  Key key;
  for (mlir::Operation& op : region.getOps()) key.push_back({op.getName(), op.getAttrDictionary()});
  auto* known = llvm::find_if(sets_, [&](const auto& set) { return set->first == key; });
  if (known != sets_.end()) return (*known)->second;
  mlir::RewritePatternSet patterns(getContext());
  for (auto op : region.getOps<PatternDescriptorOpInterface>()) op.populatePatterns(patterns);
  return sets_.emplace_back(std::make_unique<Set>(std::move(key), std::move(patterns)))->second;
}

mlir::LogicalResult ApplyPatternsOp::verify() {
  for (mlir::Operation& op : getPatterns().getOps()) {
    if (!mlir::isa<PatternDescriptorOpInterface>(op))
      return emitOpError() << "expects operations that stand for patterns, not " << op.getName();
  }
  return mlir::success();
}

DiagnosedSilenceableFailure ApplyPatternsOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                   mlir::transform::TransformResults& results,
                                                   mlir::transform::TransformState& state) {
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    if (!target->hasTrait<mlir::OpTrait::IsIsolatedFromAbove>())
      return emitSilenceableError() << "the target is not a function or a module, but " << target->getName();
  }
  const auto* dialect = getContext()->getLoadedDialect<mlir::transform::TransformDialect>();
  const mlir::FrozenRewritePatternSet& patterns = dialect->getExtraData<KnownPatterns>().Get(getPatterns());
  mlir::GreedyRewriteConfig config;
  config.setListener(static_cast<mlir::RewriterBase::Listener*>(rewriter.getListener()));
  config.setRegionSimplificationLevel(mlir::GreedySimplifyRegionLevel::Disabled);
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    if (mlir::failed(mlir::applyPatternsGreedily(target, patterns, config))) {
      return emitSilenceableError() << "the patterns still change the code after "
                                    << config.getMaxIterations() << " rounds";
    }
  }
  return DiagnosedSilenceableFailure::success();
}

void ApplyPatternsOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
