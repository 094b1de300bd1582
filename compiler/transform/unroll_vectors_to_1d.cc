// transform.diapason.unroll_vectors_to_1d replaces vectors by pieces (vector_pieces.h), also values that
// loops carry. LLVM would split a vector of another length into single elements if it is used in several
// blocks. The stock lowering to outer products puts k innermost, and spills registers if a tile has several
// rows.
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
  AddUnrolledTransfers(types, getTransposeInRegisters(), patterns, legal);
  AddUnrolledContractions(types, getSkipZeroColumns(), patterns, legal);
  mlir::scf::populateSCFStructuralTypeConversionsAndLegality(types, patterns, legal);
  mlir::ConversionConfig config;
  config.listener =
      static_cast<mlir::RewriterBase::Listener*>(rewriter.getListener());  // TransformRewriter uses this type
  const mlir::FrozenRewritePatternSet frozen(std::move(patterns));
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    if (mlir::failed(mlir::applyPartialConversion(target, legal, frozen, config)))
      return emitDefiniteFailure() << "the vectors cannot be unrolled to one dimension";
  }
  return mlir::DiagnosedSilenceableFailure::success();
}

void UnrollVectorsTo1DOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
