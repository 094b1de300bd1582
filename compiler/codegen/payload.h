// Workload to payload: the function that a script is applied to.
#ifndef DIAPASON_COMPILER_CODEGEN_PAYLOAD_H_
#define DIAPASON_COMPILER_CODEGEN_PAYLOAD_H_

#include "absl/strings/string_view.h"
#include "diapason/v1/builder.pb.h"
#include "mlir/IR/BuiltinOps.h"

namespace diapason::compiler::codegen {

// Arguments become buffers with the layouts' static strides (none given: dense, row-major), the body stays on
// tensors:
//   func.func @workload(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> { ... return %r }
// becomes
//   func.func @workload(%x: memref<8xf32> {llvm.noalias}, %y: memref<8xf32> {llvm.noalias})
//       attributes {diapason.kernel} {
//     %0 = bufferization.to_tensor %x restrict
//     %1 = bufferization.to_tensor %y restrict writable
//     ...
//     bufferization.materialize_in_destination %r in restrict writable %y
//   }
// Only destinations are writable. Failure: the text is no workload, or the layouts do not fit it; the
// context's diagnostics say why.
mlir::OwningOpRef<mlir::ModuleOp> MakePayload(absl::string_view workload_text,
                                              const google::protobuf::RepeatedPtrField<v1::Layout>& layouts,
                                              mlir::MLIRContext* context);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_PAYLOAD_H_
