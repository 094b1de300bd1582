// Makes a payload from a workload. The payload is the function that a script is applied to.
#ifndef DIAPASON_COMPILER_CODEGEN_PAYLOAD_H_
#define DIAPASON_COMPILER_CODEGEN_PAYLOAD_H_

#include "absl/strings/string_view.h"
#include "diapason/v1/builder.pb.h"
#include "mlir/IR/BuiltinOps.h"

namespace diapason::compiler::codegen {

// Arguments become buffers with the static strides of `layouts`; if it is empty, they are dense and
// row-major. The body still works on tensors:
//   func.func @workload(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> { ... return %r }
// becomes
//   func.func @workload(%x: memref<8xf32> {llvm.noalias}, %y: memref<8xf32> {llvm.noalias})
//       attributes {diapason.kernel} {
//     %0 = bufferization.to_tensor %x restrict
//     %1 = bufferization.to_tensor %y restrict writable
//     ...
//     bufferization.materialize_in_destination %r in restrict writable %y
//   }
// Only destinations are writable. Returns null if the text is not a valid workload or the layouts do not fit
// it; the context's diagnostics say why.
mlir::OwningOpRef<mlir::ModuleOp> MakePayload(absl::string_view workload_text,
                                              const google::protobuf::RepeatedPtrField<v1::Layout>& layouts,
                                              mlir::MLIRContext* context);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_PAYLOAD_H_
