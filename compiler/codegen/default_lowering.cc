#include "compiler/codegen/default_lowering.h"

#include "compiler/codegen/passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

template <typename Op>
SmallVector<Op> Collect(ModuleOp module) {
  SmallVector<Op> ops;
  module.walk([&](Op op) { ops.push_back(op); });
  return ops;
}

bool HasTensors(ModuleOp module) {
  return module
      .walk([](Operation* op) {
        const bool tensors = llvm::any_of(op->getResultTypes(), llvm::IsaPred<TensorType>);
        return tensors ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

// Replaces tensor operations that cannot be bufferized by operations that can.
LogicalResult Decompose(ModuleOp module) {
  IRRewriter rewriter(module.getContext());
  for (linalg::PackOp op : Collect<linalg::PackOp>(module)) {
    rewriter.setInsertionPoint(op);
    if (failed(linalg::lowerPack(rewriter, op))) return op.emitError("cannot be lowered to a transpose");
  }
  for (linalg::UnPackOp op : Collect<linalg::UnPackOp>(module)) {
    rewriter.setInsertionPoint(op);
    if (failed(linalg::lowerUnPack(rewriter, op))) return op.emitError("cannot be lowered to a transpose");
  }
  RewritePatternSet patterns(module.getContext());
  linalg::populateDecomposePadPatterns(patterns);
  tensor::populateDecomposeTensorConcatPatterns(patterns);
  return applyPatternsGreedily(module, std::move(patterns));
}

LogicalResult Bufferize(ModuleOp module) {
  if (failed(Decompose(module))) return failure();
  IRRewriter rewriter(module.getContext());
  if (failed(bufferization::eliminateEmptyTensors(rewriter, module))) return failure();
  const bufferization::OneShotBufferizationOptions options;
  bufferization::BufferizationState state;
  return bufferization::runOneShotBufferize(module, options, state);
}

LogicalResult LowerLinalg(ModuleOp module) {
  IRRewriter rewriter(module.getContext());
  for (linalg::LinalgOp op : Collect<linalg::LinalgOp>(module)) {
    rewriter.setInsertionPoint(op);
    if (failed(linalg::linalgOpToLoops(rewriter, op))) return op.emitError("cannot be lowered to loops");
    rewriter.eraseOp(op);
  }
  return success();
}

// Replaces memref.copy by loops. MLIR would lower it to a call of a library, and a kernel calls no functions.
void LowerCopies(ModuleOp module) {
  for (memref::CopyOp op : Collect<memref::CopyOp>(module)) {
    if (op.getSource() == op.getTarget()) {
      op.erase();
      continue;
    }
    OpBuilder builder(op);
    Location loc = op.getLoc();
    auto type = cast<MemRefType>(op.getSource().getType());
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    SmallVector<Value> indices;
    for (int64_t d = 0; d < type.getRank(); ++d) {
      Value extent = type.isDynamicDim(d)
                         ? memref::DimOp::create(builder, loc, op.getSource(), d).getResult()
                         : arith::ConstantIndexOp::create(builder, loc, type.getDimSize(d)).getResult();
      auto loop = scf::ForOp::create(builder, loc, zero, extent, one);
      indices.push_back(loop.getInductionVar());
      builder.setInsertionPointToStart(loop.getBody());
    }
    Value element = memref::LoadOp::create(builder, loc, op.getSource(), indices);
    memref::StoreOp::create(builder, loc, element, op.getTarget(), indices);
    op.erase();
  }
}

LogicalResult LowerInnerForalls(ModuleOp module) {
  IRRewriter rewriter(module.getContext());
  for (scf::ForallOp op : Collect<scf::ForallOp>(module)) {
    Operation* parent = op->getParentOp();
    if (isa<func::FuncOp>(parent) && parent->hasAttr(kKernelAttr)) continue;
    rewriter.setInsertionPoint(op);
    if (failed(scf::forallToForLoop(rewriter, op))) return op.emitError("cannot be lowered to loops");
  }
  return success();
}

}  // namespace

DefaultLowering::DefaultLowering(MLIRContext* context) : clean_up_(context), outline_(context) {
  for (PassManager* passes : {&clean_up_, &outline_}) passes->enableVerifier(false);
  clean_up_.addPass(createCanonicalizerPass());
  clean_up_.addPass(createCSEPass());
  outline_.addPass(CreateOutlineStagesPass());
}

LogicalResult DefaultLowering::Run(ModuleOp module) {
  if (HasTensors(module)) {
    // The module is cleaned up only in this case. A script that bufferizes has cleaned up itself, and a
    // second clean-up could undo the order that it chose.
    if (failed(Bufferize(module)) || failed(clean_up_.run(module))) return failure();
  }
  if (failed(LowerLinalg(module))) return failure();
  LowerCopies(module);
  if (failed(LowerInnerForalls(module))) return failure();
  return outline_.run(module);
}

}  // namespace diapason::compiler::codegen
