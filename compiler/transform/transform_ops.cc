#include "compiler/transform/transform_ops.h"

#include "compiler/transform/known_patterns.h"
#include "compiler/transform/registration.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#define GET_OP_CLASSES
#include "compiler/transform/transform_ops.cc.inc"

namespace diapason::compiler::transform {
namespace {

class TransformOps : public mlir::transform::TransformDialectExtension<TransformOps> {
 public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TransformOps)

  TransformOps() {
    declareGeneratedDialect<mlir::affine::AffineDialect>();
    declareGeneratedDialect<mlir::linalg::LinalgDialect>();
    declareGeneratedDialect<mlir::memref::MemRefDialect>();
    declareGeneratedDialect<mlir::scf::SCFDialect>();
    declareGeneratedDialect<mlir::tensor::TensorDialect>();
    declareGeneratedDialect<mlir::ub::UBDialect>();
    declareGeneratedDialect<mlir::vector::VectorDialect>();
    registerTransformOps<
#define GET_OP_LIST
#include "compiler/transform/transform_ops.cc.inc"
        >();
    addDialectDataInitializer<KnownPatterns>([](KnownPatterns&) {});
  }
};

}  // namespace

void RegisterTransformOps(mlir::DialectRegistry& registry) { registry.addExtensions<TransformOps>(); }

}  // namespace diapason::compiler::transform
