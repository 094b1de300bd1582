// DiapasonTransform.so, a plug-in that gives the stock tools our transform operations and passes:
//   mlir-opt-22 --load-dialect-plugin=DiapasonTransform.so --load-pass-plugin=DiapasonTransform.so ...
#include "compiler/codegen/passes.h"
#include "compiler/transform/registration.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "diapason", "1", [](mlir::DialectRegistry* registry) {
            diapason::compiler::transform::RegisterTransformOps(*registry);
          }};
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "diapason", "1",
          [] { diapason::compiler::codegen::RegisterCodegenPasses(); }};
}
