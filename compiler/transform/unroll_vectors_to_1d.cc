// transform.diapason.unroll_vectors_to_1d: vectors become pieces (vector_pieces.h), values that loops carry,
// too: LLVM would take a vector of another length that crosses a block apart, element by element. Stock
// lowering to outer products puts k innermost and spills where a tile has several rows.
#include "compiler/transform/transform_ops.h"
#include "compiler/transform/unroll_patterns.h"
#include "compiler/transform/vector_pieces.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"

namespace diapason::compiler::transform {

mlir::DiagnosedSilenceableFailure UnrollVectorsTo1DOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                             mlir::transform::TransformResults& results,
                                                             mlir::transform::TransformState& state) {
  const PieceTypes types;
  mlir::ConversionTarget legal(*getContext());
  mlir::RewritePatternSet patterns(getContext());
  AddUnrolledElementwise(types, patterns, legal);
  AddUnrolledTransfers(types, patterns, legal);
  AddUnrolledContractions(types, getSkipZeroColumns(), patterns, legal);
  mlir::scf::populateSCFStructuralTypeConversionsAndLegality(types, patterns, legal);
  mlir::ConversionConfig config;
  config.listener =
      static_cast<mlir::RewriterBase::Listener*>(rewriter.getListener());  // a TransformRewriter has no other
  const mlir::FrozenRewritePatternSet frozen(std::move(patterns));
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    if (mlir::failed(mlir::applyPartialConversion(target, legal, frozen, config)))
      return emitDefiniteFailure() << "vectors cannot be unrolled to one dimension";
  }
  return mlir::DiagnosedSilenceableFailure::success();
}

void UnrollVectorsTo1DOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
