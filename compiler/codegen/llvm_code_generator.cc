#include "compiler/codegen/llvm_code_generator.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Transforms/Utils/LoopUtils.h"
#include "llvm/Transforms/Vectorize/LoopVectorize.h"

namespace diapason::compiler::codegen {
namespace {

// These passes are enough for a kernel whose vectors and unrolled loops are already in the IR. They clean
// up, promote accumulators out of reduction loops and fold addresses. Loops are rotated before licm,
// because bounds and addresses that are computed in a loop would stay in it otherwise, and good schedules
// would look bad. Loops on scalars that the schedule has left are vectorized. GVN and more of instcombine
// give code of the same speed and take a tenth of the time of a build.
constexpr char kSearchPipeline[] =
    "function(sroa,early-cse<memssa>,simplifycfg,loop-mssa(loop-rotate,licm<allowspeculation>),"
    "early-cse<memssa>,vectorize-scalar-loops,instcombine<max-iterations=1;no-verify-fixpoint>,simplifycfg)";

bool HasVectors(const llvm::BasicBlock& block) {
  return llvm::any_of(block, [](const llvm::Instruction& op) { return op.getType()->isVectorTy(); });
}

// Returns whether the schedule has made vectors. A schedule that has made none relies on LLVM to vectorize.
bool HasVectors(const llvm::Module& module) {
  return llvm::any_of(module, [](const llvm::Function& function) {
    return llvm::any_of(function, [](const llvm::BasicBlock& block) { return HasVectors(block); });
  });
}

// LLVM's pass loop-vectorize for functions that have an innermost loop without vectors. In all others it
// finds nothing to do, and takes a third of the time of the passes to see that.
class VectorizeScalarLoops : public llvm::PassInfoMixin<VectorizeScalarLoops> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
    for (const llvm::Loop* loop : analyses.getResult<llvm::LoopAnalysis>(function).getLoopsInPreorder()) {
      if (loop->isInnermost() &&
          llvm::none_of(loop->blocks(), [](const llvm::BasicBlock* block) { return HasVectors(*block); }))
        return llvm::LoopVectorizePass().run(function, analyses);
    }
    return llvm::PreservedAnalyses::all();
  }
};

void InitializeTargetsOnce() {
  static const bool done = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    return true;
  }();
  static_cast<void>(done);
}

// Returns the first symbol that the object uses and does not define, or an empty string.
std::string UndefinedSymbol(const std::string& object) {
  auto file = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "kernel"));
  if (!file) return llvm::toString(file.takeError());
  for (const llvm::object::SymbolRef& symbol : (*file)->symbols()) {
    const uint32_t flags = llvm::cantFail(symbol.getFlags());
    if (!(flags & llvm::object::SymbolRef::SF_Undefined) ||
        (flags & llvm::object::SymbolRef::SF_FormatSpecific)) {
      continue;
    }
    const std::string name = llvm::cantFail(symbol.getName()).str();
    if (!name.empty() && name != "_GLOBAL_OFFSET_TABLE_") return name;
  }
  return "";
}

// Sets two of LLVM's options that exist only for the whole process. lld resets them whenever it links.
//
// Loop strength reduction took up to half of the time of code generation, and it is not needed, because
// ReassociateAddresses has already rewritten the addresses.
//
// The register allocator takes the live ranges that lie in one block in the order of their instructions.
// From the end of the block to its beginning it evicts far fewer of them again. This matters for the long
// blocks of unrolled Winograd transforms, where it took half of the time of code generation. The kernels are
// equally fast.
void SetCodeGenerationOptions() {
  auto& options = llvm::cl::getRegisteredOptions();
  if (llvm::cl::Option* option = options.lookup("disable-lsr"))
    static_cast<llvm::cl::opt<bool>*>(option)->setValue(true);
  // The allocator asks whether this option was given.
  llvm::cl::Option* order = options.lookup("greedy-reverse-local-assignment");
  if (order != nullptr && order->getNumOccurrences() == 0) order->addOccurrence(0, order->ArgStr, "true");
}

// Marks each loop with its trip count if that is constant. Otherwise the register allocator assumes the same
// count for all loops, and spills the accumulators of a short nest of long loops for the constants of a deep
// nest of short ones.
void StateTripCounts(llvm::Module& module, llvm::FunctionAnalysisManager& functions) {
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    auto& evolution = functions.getResult<llvm::ScalarEvolutionAnalysis>(function);
    for (llvm::Loop* loop : functions.getResult<llvm::LoopAnalysis>(function).getLoopsInPreorder()) {
      if (const unsigned count = evolution.getSmallConstantTripCount(loop))
        llvm::setLoopEstimatedTripCount(loop, count, /*EstimatedLoopInvocationWeight=*/1);
    }
  }
}

}  // namespace

absl::StatusOr<LlvmCodeGenerator> LlvmCodeGenerator::Create(const v1::Target& target) {
  InitializeTargetsOnce();
  const llvm::Triple triple(target.triple());
  std::string error;
  const llvm::Target* known = llvm::TargetRegistry::lookupTarget(triple, error);
  if (known == nullptr)
    return absl::InvalidArgumentError(absl::StrCat("target ", target.name(), ": ", error));
  std::string features;
  for (const std::string& feature : target.features()) {
    absl::StrAppend(&features, features.empty() ? "+" : ",+", feature);
  }
  // The names are checked here, because LLVM only prints a warning if it does not know one.
  const std::unique_ptr<llvm::MCSubtargetInfo> subtarget(known->createMCSubtargetInfo(triple, "", ""));
  if (subtarget == nullptr || (!target.cpu().empty() && !subtarget->isCPUStringValid(target.cpu()))) {
    return absl::InvalidArgumentError(absl::StrCat("target ", target.name(), ": LLVM does not know the cpu '",
                                                   target.cpu(), "' for ", target.triple()));
  }
  for (const std::string& feature : target.features()) {
    const auto names = subtarget->getAllProcessorFeatures();
    if (llvm::none_of(names, [&](const llvm::SubtargetFeatureKV& kv) { return feature == kv.Key; })) {
      return absl::InvalidArgumentError(absl::StrCat("target ", target.name(),
                                                     ": LLVM does not know the feature '", feature, "' for ",
                                                     target.triple()));
    }
  }
  std::unique_ptr<llvm::TargetMachine> machine(
      known->createTargetMachine(triple, target.cpu(), features, llvm::TargetOptions(), llvm::Reloc::PIC_,
                                 std::nullopt, llvm::CodeGenOptLevel::Default));
  if (machine == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("target ", target.name(), ": LLVM cannot generate code for it"));
  }
  return LlvmCodeGenerator(target.triple(), target.vector_bits(), std::move(machine));
}

void LlvmCodeGenerator::SetTarget(llvm::Module& module) const {
  module.setDataLayout(machine_->createDataLayout());
  module.setTargetTriple(machine_->getTargetTriple());
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    if (!machine_->getTargetCPU().empty()) function.addFnAttr("target-cpu", machine_->getTargetCPU());
    if (!machine_->getTargetFeatureString().empty()) {
      function.addFnAttr("target-features", machine_->getTargetFeatureString());
    }
    if (vector_bits_ > 0) function.addFnAttr("prefer-vector-width", std::to_string(vector_bits_));
    function.addFnAttr("no-trapping-math", "true");
    // Otherwise vectors that do not stay in registers would be spilled across the borders of cache lines.
    function.addFnAttr("stackrealign");
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
}

absl::Status LlvmCodeGenerator::Optimize(llvm::Module& module, v1::Optimization optimization) const {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager call_graph;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  if (optimization == v1::OPTIMIZATION_REFERENCE) {
    tuning.LoopVectorization = false;
    tuning.SLPVectorization = false;
  }
  llvm::PassBuilder builder(machine_.get(), tuning);
  // Says that there is no C library, so that LLVM does not turn a loop that copies into a call of memcpy.
  llvm::TargetLibraryInfoImpl library(machine_->getTargetTriple());
  library.disableAllFunctions();
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(library); });
  builder.registerPipelineParsingCallback([](llvm::StringRef name, llvm::FunctionPassManager& passes,
                                             llvm::ArrayRef<llvm::PassBuilder::PipelineElement>) {
    if (name != "vectorize-scalar-loops") return false;
    passes.addPass(VectorizeScalarLoops());
    return true;
  });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(call_graph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, call_graph, modules);
  llvm::ModulePassManager passes;
  if (optimization == v1::OPTIMIZATION_SEARCH && HasVectors(module)) {
    if (llvm::Error error = builder.parsePassPipeline(passes, kSearchPipeline)) {
      return absl::InternalError(absl::StrCat("LLVM pass pipeline: ", llvm::toString(std::move(error))));
    }
  } else {
    // -O3 unrolls loops on scalars so far that instruction scheduling may take seconds.
    passes = builder.buildPerModuleDefaultPipeline(
        optimization == v1::OPTIMIZATION_FULL ? llvm::OptimizationLevel::O3 : llvm::OptimizationLevel::O2);
  }
  passes.run(module, modules);
  StateTripCounts(module, functions);
  return absl::OkStatus();
}

absl::StatusOr<std::string> LlvmCodeGenerator::EmitObject(llvm::Module& module) const {
  SetCodeGenerationOptions();
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (machine_->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile,
                                    /*DisableVerify=*/true)) {
    return absl::InternalError(absl::StrCat("LLVM cannot write object files for ", triple_));
  }
  passes.run(module);
  return std::string(bytes.data(), bytes.size());
}

absl::StatusOr<std::string> LlvmCodeGenerator::EmitKernel(llvm::Module& module) const {
  absl::StatusOr<std::string> object = EmitObject(module);
  if (!object.ok()) return object;
  if (std::string name = UndefinedSymbol(*object); !name.empty()) {
    return absl::InternalError(
        absl::StrCat("the kernel calls the function '", name, "', which a kernel must not do: ", triple_,
                     machine_->getTargetCPU().empty() ? "" : " ",
                     absl::string_view(machine_->getTargetCPU().data(), machine_->getTargetCPU().size()),
                     " has no instruction for it"));
  }
  return object;
}

}  // namespace diapason::compiler::codegen
