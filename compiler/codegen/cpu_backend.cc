#include "compiler/codegen/cpu_backend.h"

#include <time.h>

#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/codegen/default_lowering.h"
#include "compiler/codegen/kernel_entry.h"
#include "compiler/codegen/linker.h"
#include "compiler/codegen/llvm_code_generator.h"
#include "compiler/codegen/lowering.h"
#include "compiler/codegen/passes.h"
#include "compiler/codegen/payload.h"
#include "compiler/codegen/script_cache.h"
#include "compiler/codegen/source_hash.h"
#include "compiler/runtime/kernel_abi.h"
#include "compiler/transform/registration.h"
#include "compiler/workload/diagnostics.h"
#include "llvm-c/Core.h"
#include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.h"
#include "mlir/Dialect/Transform/Transforms/TransformInterpreterUtils.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/protocol_version.h"
#include "proto/domain/target_fingerprint.h"

namespace diapason::compiler::codegen {
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
  transform::RegisterDialects(registry);
  return registry;
}

// Uses CPU time, because builders may share their machine with measurements.
double CpuMicroseconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
}

// Records in the response how long each stage of the build took, in microseconds of CPU time. Each call of
// Done ends one stage, and the next begins.
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

// The parts of a build that are the same for all targets. Making them takes some tens of milliseconds.
struct MlirPipeline {
  MlirPipeline() : context(AllDialects(), mlir::MLIRContext::Threading::DISABLED) {
    RegisterPassesOnce();
    context.loadAllAvailableDialects();
    context.printOpOnDiagnostic(false);
    default_lowering.emplace(&context);
    lowering.emplace(&context);
    scripts.emplace(&context);
  }

  mlir::MLIRContext context;
  std::optional<DefaultLowering> default_lowering;
  std::optional<Lowering> lowering;
  std::optional<ScriptCache> scripts;
};

class CpuBackend final : public KernelBackend {
 public:
  absl::string_view name() const override { return "cpu"; }
  BackendVersion version() const override;
  absl::Status CanBuild(const v1::Target& target) override { return GeneratorFor(target).status(); }
  v1::BuildResponse Build(const v1::BuildRequest& request) override;
  absl::StatusOr<std::string> PayloadText(const v1::BuildRequest& request) override;

 private:
  // Returns the request's workload with buffers as arguments, or null; `error` then says what is wrong.
  mlir::OwningOpRef<mlir::ModuleOp> ParsePayload(const v1::BuildRequest& request, std::string& error);

  // Each returns whether the build can continue. If it cannot, the response's outcome says why.
  bool Transform(const v1::BuildRequest& request, mlir::ModuleOp payload, v1::BuildResponse& response);
  bool Compile(const v1::BuildRequest& request, const LlvmCodeGenerator& generator,
               mlir::OwningOpRef<mlir::ModuleOp> module, StageTimer& timer, v1::BuildResponse& response);

  MlirPipeline& Pipeline() { return pipeline_ ? *pipeline_ : pipeline_.emplace(); }
  absl::StatusOr<const LlvmCodeGenerator*> GeneratorFor(const v1::Target& target);

  std::optional<MlirPipeline> pipeline_;                 // made on first use
  std::map<std::string, LlvmCodeGenerator> generators_;  // keyed by the target's fingerprint
};

BackendVersion CpuBackend::version() const {
  unsigned major = 0, minor = 0, patch = 0;
  LLVMGetVersion(&major, &minor, &patch);  // the version of the library that is loaded
  return {Release(), kCpuSourceHash, absl::StrCat("LLVM ", major, ".", minor, ".", patch)};
}

absl::StatusOr<const LlvmCodeGenerator*> CpuBackend::GeneratorFor(const v1::Target& target) {
  const std::string fingerprint = TargetFingerprint(target);
  auto known = generators_.find(fingerprint);
  if (known == generators_.end()) {
    DIAPASON_ASSIGN_OR_RETURN(LlvmCodeGenerator generator, LlvmCodeGenerator::Create(target));
    known = generators_.emplace(fingerprint, std::move(generator)).first;
  }
  return &known->second;
}

bool CpuBackend::Transform(const v1::BuildRequest& request, mlir::ModuleOp payload,
                           v1::BuildResponse& response) {
  mlir::MLIRContext& context = Pipeline().context;
  workload::DiagnosticCollector diagnostics(&context);
  const auto rejected = [&](absl::string_view what) {
    Fail(v1::OUTCOME_KIND_REJECTED, diagnostics.Text(what), response);
    return false;
  };
  mlir::ModuleOp script = Pipeline().scripts->Parse(request.script());
  if (!script) return rejected("the script is not valid MLIR");
  mlir::transform::TransformOpInterface entry =
      mlir::transform::detail::findTransformEntryPoint(payload, script);
  if (!entry)
    return rejected("the script has no named sequence @__transform_main, with which the interpreter starts");
  const mlir::OperationFingerPrint before(payload);
  mlir::transform::TransformOptions options;
  options.enableExpensiveChecks(true);  // otherwise the use of a consumed handle is undefined behaviour
  if (failed(mlir::transform::applyTransformNamedSequence(payload, entry, script, options))) {
    return rejected("the script cannot be applied to the workload, and MLIR gives no reason");
  }
  if (before == mlir::OperationFingerPrint(payload))
    return rejected("the script does not change the workload");
  return true;
}

bool CpuBackend::Compile(const v1::BuildRequest& request, const LlvmCodeGenerator& generator,
                         mlir::OwningOpRef<mlir::ModuleOp> module, StageTimer& timer,
                         v1::BuildResponse& response) {
  MlirPipeline& pipeline = Pipeline();
  workload::DiagnosticCollector diagnostics(&pipeline.context);
  const auto error = [&](absl::string_view what) {
    Fail(v1::OUTCOME_KIND_COMPILE_ERROR, diagnostics.Text(what), response);
    return false;
  };
  if (failed(pipeline.default_lowering->Run(*module)))
    return error("the default lowering fails on the kernel that the script has made");
  const KernelDescription description = Describe(*module);
  if (failed(pipeline.lowering->Run(*module)))
    return error("the kernel that the script has made cannot be lowered to the LLVM dialect");
  timer.Done("lower");

  llvm::LLVMContext llvm_context;
  std::unique_ptr<llvm::Module> llvm_module =
      mlir::translateModuleToLLVMIR(*module, llvm_context, "kernel", /*disableVerification=*/true);
  if (!llvm_module) return error("the kernel cannot be translated to LLVM IR");
  module = nullptr;
  AddKernelEntry(description, request.symbol().empty() ? DIAPASON_KERNEL_SYMBOL : request.symbol(),
                 *llvm_module);
  generator.SetTarget(*llvm_module);
  absl::Status optimized = generator.Optimize(*llvm_module, request.optimization());
  if (!optimized.ok()) return error(optimized.message());
  timer.Done("llvm");

  absl::StatusOr<std::string> artifact = generator.EmitKernel(*llvm_module);
  if (!artifact.ok()) return error(artifact.status().message());
  timer.Done("codegen");

  if (!request.object_only()) {
    artifact = LinkObject(generator.triple(), *artifact);
    if (!artifact.ok()) return error(artifact.status().message());
    timer.Done("link");
  }
  response.set_artifact(*std::move(artifact));
  response.set_artifact_kind(request.object_only() ? v1::ARTIFACT_KIND_ELF_RELOCATABLE
                                                   : v1::ARTIFACT_KIND_ELF_SHARED_OBJECT);
  response.set_packed_bytes(
      std::accumulate(description.packed_bytes.begin(), description.packed_bytes.end(), int64_t{0}));
  return true;
}

mlir::OwningOpRef<mlir::ModuleOp> CpuBackend::ParsePayload(const v1::BuildRequest& request,
                                                           std::string& error) {
  mlir::MLIRContext& context = Pipeline().context;
  workload::DiagnosticCollector diagnostics(&context);
  mlir::OwningOpRef<mlir::ModuleOp> payload =
      MakePayload(request.workload_text(), request.layouts(), &context);
  if (!payload) error = diagnostics.Text("the text is not a valid workload");
  return payload;
}

v1::BuildResponse CpuBackend::Build(const v1::BuildRequest& request) {
  v1::BuildResponse response;
  response.set_id(request.id());
  const absl::StatusOr<const LlvmCodeGenerator*> generator = GeneratorFor(request.target());
  if (!generator.ok()) {
    Fail(v1::OUTCOME_KIND_COMPILE_ERROR, generator.status().message(), response);
    return response;
  }
  Pipeline();  // made here, so that its time does not count as a part of the first build
  StageTimer timer(response);
  std::string error;
  mlir::OwningOpRef<mlir::ModuleOp> payload = ParsePayload(request, error);
  if (!payload) {
    Fail(v1::OUTCOME_KIND_COMPILE_ERROR, error, response);
    return response;
  }
  timer.Done("parse");
  if (request.optimization() != v1::OPTIMIZATION_REFERENCE) {
    if (!Transform(request, *payload, response)) return response;
    timer.Done("transform");
  }
  if (Compile(request, **generator, std::move(payload), timer, response)) {
    *response.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_OK);
  }
  return response;
}

absl::StatusOr<std::string> CpuBackend::PayloadText(const v1::BuildRequest& request) {
  std::string error;
  mlir::OwningOpRef<mlir::ModuleOp> payload = ParsePayload(request, error);
  if (!payload) return absl::InvalidArgumentError(absl::StrCat("payload: ", error));
  std::string text;
  llvm::raw_string_ostream(text) << **payload;
  return text;
}

}  // namespace

std::unique_ptr<KernelBackend> MakeCpuBackend() { return std::make_unique<CpuBackend>(); }

}  // namespace diapason::compiler::codegen
