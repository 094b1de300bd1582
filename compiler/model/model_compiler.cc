#include "compiler/model/model_compiler.h"

#include <chrono>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/codegen/backends.h"
#include "compiler/codegen/kernel_backend.h"
#include "compiler/codegen/linker.h"
#include "compiler/codegen/llvm_code_generator.h"
#include "compiler/codegen/static_archive.h"
#include "compiler/model/header_text.h"
#include "compiler/model/kernel_instances.h"
#include "compiler/model/manifest.h"
#include "compiler/model/memory_plan.h"
#include "compiler/model/model_module.h"
#include "compiler/model/program_check.h"
#include "compiler/model/staging_folder.h"
#include "compiler/model/wheel.h"
#include "proto/base/status_macros.h"
#include "proto/domain/rung_name.h"
#include "proto/domain/target_fingerprint.h"
#include "proto/domain/target_kind.h"

namespace diapason::compiler::model {
namespace {

class ModelCompiler {
 public:
  ModelCompiler(const graph::Program& program, const ModelOptions& options)
      : program_(program),
        options_(options),
        instances_(FindInstances(program)),
        plan_(PlanMemory(program)) {}

  absl::StatusOr<ModelFiles> Compile(const ScheduleSource& schedules) {
    DIAPASON_ASSIGN_OR_RETURN(backend_, codegen::MakeBackend(KindOf(options_.target)));
    DIAPASON_RETURN_IF_ERROR(backend_->CanBuild(options_.target));
    DIAPASON_RETURN_IF_ERROR(NameWheel());
    DIAPASON_RETURN_IF_ERROR(ChooseSchedules(schedules));
    DIAPASON_ASSIGN_OR_RETURN(staging_, StagingFolder::Create(options_.directory));
    if (options_.staged) options_.staged(staging_->staging());
    DIAPASON_RETURN_IF_ERROR(FinishKernels());
    DIAPASON_RETURN_IF_ERROR(BuildModelObject());
    DIAPASON_RETURN_IF_ERROR(Link());
    const std::string target =
        options_.target.name().empty() ? options_.target.triple() : options_.target.name();
    DIAPASON_RETURN_IF_ERROR(staging_->Write(HeaderName(), HeaderText(program_, target)));
    const Manifest manifest = MakeManifest();
    DIAPASON_RETURN_IF_ERROR(staging_->Write(kManifestFile, ManifestText(manifest)));
    return Publish(manifest);
  }

 private:
  // Writes the products that were asked for, and makes all files appear. The manifest is the last one.
  absl::StatusOr<ModelFiles> Publish(const Manifest& manifest) {
    ModelFiles files{staging_->Final(LibraryName()), staging_->Final(HeaderName()),
                     staging_->Final(kManifestFile), "", ""};
    std::vector<std::string> names = {LibraryName(), HeaderName()};
    if (options_.products.archive) {
      DIAPASON_RETURN_IF_ERROR(codegen::LinkStaticArchive(LinkInto(ArchiveName(), program_.name + ".o")));
      names.push_back(ArchiveName());
      files.archive = staging_->Final(ArchiveName());
    }
    if (!wheel_name_.empty()) {
      DIAPASON_RETURN_IF_ERROR(WriteWheel(manifest, options_.products.wheel_version,
                                          staging_->Staged(LibraryName()), staging_->Staged(wheel_name_)));
      names.push_back(wheel_name_);
      files.wheel = staging_->Final(wheel_name_);
    }
    names.emplace_back(kManifestFile);
    DIAPASON_RETURN_IF_ERROR(staging_->Publish(names));
    return files;
  }

  std::string LibraryName() const { return absl::StrCat("lib", program_.name, ".so"); }
  std::string ArchiveName() const { return absl::StrCat("lib", program_.name, ".a"); }
  std::string HeaderName() const { return absl::StrCat(program_.name, ".h"); }

  absl::Status CheckCancelled() const {
    return options_.cancelled && options_.cancelled() ? absl::CancelledError("interrupted")
                                                      : absl::OkStatus();
  }

  // Checks the wheel's name and version before anything is built.
  absl::Status NameWheel() {
    if (!options_.products.wheel) return absl::OkStatus();
    DIAPASON_ASSIGN_OR_RETURN(
        wheel_name_, WheelName(program_.name, options_.products.wheel_version, options_.target.triple()));
    return absl::OkStatus();
  }

  // Chooses the schedule of each workload and starts to build its kernels, so that kernels are built while
  // the schedules of other workloads are chosen.
  absl::Status ChooseSchedules(const ScheduleSource& schedules) {
    builds_.resize(instances_.kernels.size());
    for (const graph::Call& call : program_.calls) {
      DIAPASON_RETURN_IF_ERROR(CheckCancelled());
      if (call.portable || choices_.contains(call.workload)) continue;
      const v1::Workload& workload = program_.workloads[call.workload];
      absl::StatusOr<ScheduleChoice> choice = schedules(workload);
      if (!choice.ok())
        return WithContext(choice.status(), absl::StrCat("the schedule of ", workload.summary()));
      StartBuilds(call.workload, choice->script);
      choices_.emplace(call.workload, *std::move(choice));
    }
    return absl::OkStatus();
  }

  absl::Status FinishKernels() {
    packed_bytes_.resize(instances_.kernels.size());
    for (auto& [workload, choice] : choices_) {
      for (int number = 0;; ++number) {
        DIAPASON_ASSIGN_OR_RETURN(const std::string failure, FinishKernelsOf(workload));
        if (failure.empty()) break;
        DIAPASON_RETURN_IF_ERROR(TakeNextSchedule(workload, number, failure, choice));
        StartBuilds(workload, choice.script);
      }
      if (options_.chosen) options_.chosen(program_.workloads[workload], choice);
    }
    for (const KernelInstance& kernel : instances_.kernels) {
      if (!kernel.portable) objects_.push_back(staging_->Staged(ObjectName(kernel)));
    }
    return absl::OkStatus();
  }

  static std::string ObjectName(const KernelInstance& kernel) { return absl::StrCat(kernel.symbol, ".o"); }

  // Starts to build every kernel of the workload with one schedule.
  void StartBuilds(int workload, const std::string& script) {
    for (size_t i = 0; i < instances_.kernels.size(); ++i) {
      const KernelInstance& kernel = instances_.kernels[i];
      if (kernel.workload != workload) continue;
      v1::BuildRequest request;
      request.set_workload_text(program_.workloads[workload].text());
      *request.mutable_target() = options_.target;
      request.set_script(script);
      request.set_optimization(script.empty() ? v1::OPTIMIZATION_REFERENCE : v1::OPTIMIZATION_FULL);
      request.mutable_layouts()->Add(kernel.layouts.begin(), kernel.layouts.end());
      request.set_symbol(kernel.symbol);
      request.set_object_only(true);
      if (options_.build) {
        builds_[i] = options_.build(request);
      } else {
        builds_[i] = std::async(std::launch::deferred, [this, request] { return backend_->Build(request); });
      }
    }
  }

  // Waits for every kernel of the workload. Returns why one does not build, or an empty string if all do.
  absl::StatusOr<std::string> FinishKernelsOf(int workload) {
    for (size_t i = 0; i < instances_.kernels.size(); ++i) {
      const KernelInstance& kernel = instances_.kernels[i];
      if (kernel.workload != workload) continue;
      constexpr std::chrono::milliseconds kCancellationInterval(20);
      do {
        DIAPASON_RETURN_IF_ERROR(CheckCancelled());
      } while (builds_[i].wait_for(kCancellationInterval) == std::future_status::timeout);
      const v1::BuildResponse response = builds_[i].get();
      if (response.outcome().kind() == v1::OUTCOME_KIND_CANCELLED) return absl::CancelledError("interrupted");
      if (response.outcome().kind() == v1::OUTCOME_KIND_DEVICE_LOST)
        return absl::InternalError(response.outcome().message());
      if (response.outcome().kind() != v1::OUTCOME_KIND_OK) return response.outcome().message();
      DIAPASON_RETURN_IF_ERROR(CheckLinks(kernel, response.artifact_kind()));
      packed_bytes_[i] = response.packed_bytes();
      DIAPASON_RETURN_IF_ERROR(staging_->Write(ObjectName(kernel), response.artifact()));
    }
    return "";
  }

  static absl::Status CheckLinks(const KernelInstance& kernel, v1::ArtifactKind kind) {
    if (kind == v1::ARTIFACT_KIND_ELF_RELOCATABLE) return absl::OkStatus();
    return absl::InternalError(absl::StrCat(
        "the kernel of ", kernel.first_call, " was built as ", v1::ArtifactKind_Name(kind),
        ", which cannot be linked into a library; install this program and builder-worker from one release"));
  }

  absl::Status TakeNextSchedule(int workload, int number, const std::string& failure,
                                ScheduleChoice& choice) {
    absl::StatusOr<ScheduleChoice> other = absl::NotFoundError("there is no other schedule");
    if (options_.other_schedules) other = options_.other_schedules(program_.workloads[workload], number);
    if (absl::IsNotFound(other.status())) {
      return absl::InternalError(absl::StrCat("the kernel of ", FirstCallOf(workload), " (",
                                              program_.workloads[workload].summary(),
                                              ") does not build: ", failure));
    }
    DIAPASON_RETURN_IF_ERROR(other.status());
    const std::string name = choice.script.empty() ? "the plain lowering" : choice.schedule.sketch_name();
    other->reason = absl::StrCat(other->reason, "; ", name, " was tried before and did not build: ", failure);
    choice = *std::move(other);
    return absl::OkStatus();
  }

  std::string FirstCallOf(int workload) const {
    for (const KernelInstance& kernel : instances_.kernels) {
      if (kernel.workload == workload) return kernel.first_call;
    }
    return "";
  }

  absl::Status BuildModelObject() {
    DIAPASON_ASSIGN_OR_RETURN(const codegen::LlvmCodeGenerator generator,
                              codegen::LlvmCodeGenerator::Create(options_.target));
    const ModelParts parts{program_, plan_, instances_, options_.target.name()};
    llvm::LLVMContext context;
    const std::unique_ptr<llvm::Module> module = MakeModelModule(parts, context);
    generator.SetTarget(*module);
    DIAPASON_ASSIGN_OR_RETURN(const std::string object, generator.EmitObject(*module));
    return AddObject("model.o", object);
  }

  absl::Status AddObject(const std::string& name, absl::string_view bytes) {
    objects_.push_back(staging_->Staged(name));
    return staging_->Write(name, bytes);
  }

  absl::Status Link() const { return codegen::LinkShared(LinkInto(LibraryName(), LibraryName())); }

  // Returns how all objects and the run-time become the staged file `output`.
  codegen::LinkOptions LinkInto(const std::string& output, const std::string& soname) const {
    codegen::LinkOptions link;
    link.triple = options_.target.triple();
    link.inputs = objects_;
    link.inputs.push_back(options_.runtime_archive);
    link.output = staging_->Staged(output);
    link.soname = soname;
    link.exports = ExportedFunctions(program_.name);
    return link;
  }

  Manifest MakeManifest() const {
    Manifest manifest;
    manifest.name = program_.name;
    manifest.library = LibraryName();
    manifest.header = HeaderName();
    manifest.target = options_.target.name();
    manifest.target_fingerprint = TargetFingerprint(options_.target);
    manifest.triple = options_.target.triple();
    manifest.cpu = options_.target.cpu();
    manifest.features.assign(options_.target.features().begin(), options_.target.features().end());
    manifest.compiler_version =
        absl::StrCat(backend_->name(), " ", codegen::VersionText(backend_->version()));
    manifest.inputs = Tensors(program_.inputs);
    manifest.outputs = Tensors(program_.outputs);
    manifest.arena_bytes = plan_.arena_bytes;
    manifest.packed_bytes = PackedBytes();
    manifest.weight_bytes = WeightBytes(program_);
    manifest.border_bytes = plan_.RefilledBytes(program_);
    AddTasksAndCalls(manifest);
    return manifest;
  }

  // Returns the bytes of packed constants. Calls that share them count once.
  int64_t PackedBytes() const {
    const std::vector<int64_t> packed_by = PackedBy(program_, instances_.of_call);
    int64_t bytes = 0;
    for (size_t i = 0; i < packed_by.size(); ++i) {
      if (packed_by[i] == static_cast<int64_t>(i)) bytes += packed_bytes_[instances_.of_call[i]];
    }
    return bytes;
  }

  static std::vector<ManifestTensor> Tensors(const std::vector<graph::ModelTensor>& tensors) {
    std::vector<ManifestTensor> result;
    for (const graph::ModelTensor& tensor : tensors)
      result.push_back({tensor.name, tensor.element_type, tensor.shape, tensor.run_time_dim});
    return result;
  }

  void AddTasksAndCalls(Manifest& manifest) const {
    std::map<std::pair<int, std::string>, int64_t> known;
    for (const graph::Call& call : program_.calls) {
      const auto [it, is_new] = known.try_emplace(
          {call.workload, call.portable ? call.portable->summary : ""}, manifest.tasks.size());
      if (is_new)
        manifest.tasks.push_back(call.portable ? PortableTask(*call.portable) : MakeTask(call.workload));
      ++manifest.tasks[it->second].weight;
      manifest.calls.push_back({call.name, it->second});
    }
  }

  static ManifestTask PortableTask(const graph::PortableKernel& kernel) {
    ManifestTask task;
    task.summary = kernel.summary;
    task.rung = RungName(v1::RUNG_DEFAULT);
    task.reason = "a portable kernel of the run-time, which is not tuned";
    return task;
  }

  ManifestTask MakeTask(int workload) const {
    const ScheduleChoice& choice = choices_.at(workload);
    ManifestTask task;
    task.workload_id = program_.workloads[workload].id();
    task.summary = program_.workloads[workload].summary();
    task.schedule = {choice.schedule.sketch_name(), choice.schedule.sketch_hash(), {}};
    for (const v1::KnobValue& knob : choice.schedule.knobs()) {
      task.schedule.knobs.push_back({knob.name(), knob.value()});
    }
    task.rung = RungName(choice.rung);
    task.reason = choice.reason;
    task.measured_us = choice.measured_us;
    return task;
  }

  const graph::Program& program_;
  const ModelOptions& options_;
  const KernelInstances instances_;
  const MemoryPlan plan_;
  std::map<int, ScheduleChoice> choices_;               // by workload
  std::vector<std::future<v1::BuildResponse>> builds_;  // by kernel
  std::unique_ptr<codegen::KernelBackend> backend_;     // builds kernels only if options_.build is empty
  std::unique_ptr<StagingFolder> staging_;
  std::vector<std::string> objects_;
  std::vector<int64_t> packed_bytes_;  // by kernel
  std::string wheel_name_;             // empty if no wheel is asked for
};

}  // namespace

absl::StatusOr<ModelFiles> CompileModel(const graph::Program& program, const ScheduleSource& schedules,
                                        const ModelOptions& options) {
  DIAPASON_RETURN_IF_ERROR(CheckProgram(program));
  if (!std::filesystem::exists(options.runtime_archive)) {
    return absl::NotFoundError(absl::StrCat("there is no model run-time for ", options.target.triple(), ": ",
                                            options.runtime_archive, " is missing"));
  }
  return ModelCompiler(program, options).Compile(schedules);
}

}  // namespace diapason::compiler::model
