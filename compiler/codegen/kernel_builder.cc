#include "compiler/codegen/kernel_builder.h"

#include <time.h>

#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/codegen/default_lowering.h"
#include "compiler/codegen/kernel_entry.h"
#include "compiler/codegen/linker.h"
#include "compiler/codegen/llvm_backend.h"
#include "compiler/codegen/lowering.h"
#include "compiler/codegen/passes.h"
#include "compiler/codegen/payload.h"
#include "compiler/runtime/kernel_abi.h"
#include "compiler/transform/registration.h"
#include "compiler/workload/diagnostics.h"
#include "compiler/workload/parse_module.h"
#include "llvm/Config/llvm-config.h"
#include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.h"
#include "mlir/Dialect/Transform/Transforms/TransformInterpreterUtils.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "proto/domain/outcome.h"

namespace diapason::compiler {
namespace {

void RegisterPassesOnce() {
  static const bool done = [] {
    RegisterCodegenPasses();
    return true;
  }();
  static_cast<void>(done);
}

mlir::DialectRegistry AllDialects() {
  mlir::DialectRegistry registry;
  RegisterDialects(registry);
  return registry;
}

// CPU time: the builders share their machine with what they measure.
double CpuMicroseconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
}

// Fills in the response's stages as one follows the other.
class StageTimer {
 public:
  explicit StageTimer(v1::BuildResponse& response) : response_(response), start_(CpuMicroseconds()) {}

  void Done(absl::string_view stage) {
    const double now = CpuMicroseconds();
    v1::StageTime* time = response_.add_stages();
    time->set_stage(std::string(stage));
    time->set_us(now - start_);
    start_ = now;
  }

 private:
  v1::BuildResponse& response_;
  double start_;
};

void Fail(v1::OutcomeKind kind, absl::string_view message, v1::BuildResponse& response) {
  *response.mutable_outcome() = MakeOutcome(kind, message);
}

}  // namespace

absl::string_view CompilerVersion() { return "diapason " DIAPASON_VERSION ", LLVM " LLVM_VERSION_STRING; }

struct KernelBuilder::Impl {
  explicit Impl(LlvmBackend llvm_backend)
      : context(AllDialects(), mlir::MLIRContext::Threading::DISABLED), backend(std::move(llvm_backend)) {
    context.loadAllAvailableDialects();
    context.printOpOnDiagnostic(false);
    default_lowering.emplace(&context);
    lowering.emplace(&context);
  }

  // Each returns whether to go on; where not, the response's outcome says why.
  bool Transform(const v1::BuildRequest& request, mlir::ModuleOp payload, v1::BuildResponse& response);
  bool Compile(const v1::BuildRequest& request, mlir::OwningOpRef<mlir::ModuleOp> module, StageTimer& timer,
               v1::BuildResponse& response);

  mlir::MLIRContext context;
  std::optional<DefaultLowering> default_lowering;
  std::optional<Lowering> lowering;
  LlvmBackend backend;
};

bool KernelBuilder::Impl::Transform(const v1::BuildRequest& request, mlir::ModuleOp payload,
                                    v1::BuildResponse& response) {
  DiagnosticCollector diagnostics(&context);
  const auto rejected = [&](absl::string_view what) {
    Fail(v1::OUTCOME_KIND_REJECTED, diagnostics.Text(what), response);
    return false;
  };
  mlir::OwningOpRef<mlir::ModuleOp> script = ParseModule(request.script(), "script", &context);
  if (!script) return rejected("the script does not parse");
  mlir::transform::TransformOpInterface entry =
      mlir::transform::detail::findTransformEntryPoint(payload, *script);
  if (!entry) return rejected("the script has no @__transform_main");
  const mlir::OperationFingerPrint before(payload);
  mlir::transform::TransformOptions options;
  options.enableExpensiveChecks(true);  // otherwise the use of a consumed handle is undefined behaviour
  if (failed(mlir::transform::applyTransformNamedSequence(payload, entry, *script, options))) {
    return rejected("the script does not apply, and MLIR does not say why");
  }
  if (before == mlir::OperationFingerPrint(payload)) return rejected("the script changes nothing");
  return true;
}

bool KernelBuilder::Impl::Compile(const v1::BuildRequest& request, mlir::OwningOpRef<mlir::ModuleOp> module,
                                  StageTimer& timer, v1::BuildResponse& response) {
  DiagnosticCollector diagnostics(&context);
  const auto error = [&](absl::string_view what) {
    Fail(v1::OUTCOME_KIND_COMPILE_ERROR, diagnostics.Text(what), response);
    return false;
  };
  if (failed(default_lowering->Run(*module))) return error("the transformed kernel cannot be completed");
  const KernelDescription description = Describe(*module);
  if (failed(lowering->Run(*module))) return error("the transformed kernel cannot be lowered to LLVM");
  timer.Done("lower");

  llvm::LLVMContext llvm_context;
  std::unique_ptr<llvm::Module> llvm_module =
      mlir::translateModuleToLLVMIR(*module, llvm_context, "kernel", /*disableVerification=*/true);
  if (!llvm_module) return error("the transformed kernel cannot be translated to LLVM IR");
  module = nullptr;
  AddKernelEntry(description, request.symbol().empty() ? DIAPASON_KERNEL_SYMBOL : request.symbol(),
                 *llvm_module);
  backend.SetTarget(*llvm_module);
  absl::Status optimized = backend.Optimize(*llvm_module, request.optimization());
  if (!optimized.ok()) return error(optimized.message());
  timer.Done("llvm");

  absl::StatusOr<std::string> artifact = backend.EmitKernel(*llvm_module);
  if (!artifact.ok()) return error(artifact.status().message());
  timer.Done("codegen");

  if (!request.object_only()) {
    artifact = LinkObject(backend.triple(), *artifact);
    if (!artifact.ok()) return error(artifact.status().message());
    timer.Done("link");
  }
  response.set_artifact(*std::move(artifact));
  response.set_packed_bytes(
      std::accumulate(description.packed_bytes.begin(), description.packed_bytes.end(), int64_t{0}));
  return true;
}

KernelBuilder::KernelBuilder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KernelBuilder::~KernelBuilder() = default;

absl::StatusOr<std::unique_ptr<KernelBuilder>> KernelBuilder::Create(const v1::Target& target) {
  RegisterPassesOnce();
  absl::StatusOr<LlvmBackend> backend = LlvmBackend::Create(target);
  if (!backend.ok()) return backend.status();
  return std::unique_ptr<KernelBuilder>(new KernelBuilder(std::make_unique<Impl>(*std::move(backend))));
}

v1::BuildResponse KernelBuilder::Build(const v1::BuildRequest& request) {
  v1::BuildResponse response;
  response.set_id(request.id());
  StageTimer timer(response);
  mlir::OwningOpRef<mlir::ModuleOp> payload;
  {
    DiagnosticCollector diagnostics(&impl_->context);
    payload = MakePayload(request.workload_text(), request.layouts(), &impl_->context);
    if (!payload) {
      Fail(v1::OUTCOME_KIND_COMPILE_ERROR, diagnostics.Text("the text is no workload"), response);
      return response;
    }
  }
  timer.Done("parse");
  if (request.optimization() != v1::OPTIMIZATION_REFERENCE) {
    if (!impl_->Transform(request, *payload, response)) return response;
    timer.Done("transform");
  }
  if (impl_->Compile(request, std::move(payload), timer, response)) {
    *response.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_OK);
  }
  return response;
}

absl::StatusOr<std::string> KernelBuilder::PayloadText(const v1::BuildRequest& request) {
  DiagnosticCollector diagnostics(&impl_->context);
  mlir::OwningOpRef<mlir::ModuleOp> payload =
      MakePayload(request.workload_text(), request.layouts(), &impl_->context);
  if (!payload) {
    return absl::InvalidArgumentError(absl::StrCat("payload: ", diagnostics.Text("the text is no workload")));
  }
  std::string text;
  llvm::raw_string_ostream(text) << **payload;
  return text;
}

}  // namespace diapason::compiler
