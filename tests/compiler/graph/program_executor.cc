#include "tests/compiler/graph/program_executor.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "compiler/codegen/backends.h"
#include "compiler/codegen/kernel_backend.h"
#include "compiler/graph/portable.h"
#include "compiler/runtime/host_target.h"
#include "compiler/runtime/loaded_kernel.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::graph {
namespace {

// Fills everything that no call has written with the border's value, or with a number that makes every
// result wrong.
std::string InitialBytes(const Buffer& buffer) {
  if (buffer.kind == BufferKind::kConstant) return std::string(buffer.bytes);
  std::string bytes(static_cast<size_t>(buffer.elements) * ElementBytes(buffer.element_type), '\0');
  if (buffer.element_type != v1::ELEMENT_TYPE_F32) return bytes;
  const float value =
      buffer.has_border ? static_cast<float>(buffer.border_value) : std::numeric_limits<float>::quiet_NaN();
  for (size_t i = 0; i < bytes.size(); i += sizeof value) std::memcpy(&bytes[i], &value, sizeof value);
  return bytes;
}

absl::StatusOr<std::unique_ptr<runtime::LoadedKernel>> BuildReference(codegen::KernelBackend& backend,
                                                                      const v1::Workload& workload,
                                                                      const Call& call) {
  v1::BuildRequest request;
  *request.mutable_target() = runtime::HostTarget();
  request.set_workload_text(workload.text());
  request.set_optimization(v1::OPTIMIZATION_REFERENCE);
  for (const View& view : call.arguments) {
    v1::Layout* layout = request.add_layouts();
    layout->mutable_strides()->Add(view.strides.begin(), view.strides.end());
  }
  const v1::BuildResponse response = backend.Build(request);
  if (response.outcome().kind() != v1::OUTCOME_KIND_OK)
    return absl::InternalError(
        absl::StrCat(workload.summary(), ": ", response.outcome().message(), "\n", workload.text()));
  std::string folder = (std::filesystem::temp_directory_path() / "executor_XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return absl::InternalError("cannot create a temporary folder");
  const std::string path = folder + "/kernel.so";
  std::ofstream(path, std::ios::binary) << response.artifact();
  auto kernel = runtime::LoadedKernel::Load(path);
  std::filesystem::remove_all(folder);
  return kernel;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ExecuteProgram(const Program& program,
                                                        const std::vector<std::string>& inputs) {
  std::vector<std::string> memory;
  for (const Buffer& buffer : program.buffers) memory.push_back(InitialBytes(buffer));
  if (inputs.size() != program.inputs.size())
    return absl::InvalidArgumentError("the number of inputs is not the program's");
  for (size_t i = 0; i < inputs.size(); ++i) memory[program.inputs[i].buffer] = inputs[i];
  DIAPASON_ASSIGN_OR_RETURN(const std::unique_ptr<codegen::KernelBackend> backend,
                            codegen::MakeBackend(v1::TARGET_KIND_CPU));
  std::map<std::pair<int, std::vector<std::vector<int64_t>>>, std::unique_ptr<runtime::LoadedKernel>> kernels;
  for (const Call& call : program.calls) {
    std::pair<int, std::vector<std::vector<int64_t>>> key{call.workload, {}};
    std::vector<void*> pointers;
    for (const View& view : call.arguments) {
      key.second.push_back(view.strides);
      pointers.push_back(memory[view.buffer].data() +
                         static_cast<size_t>(view.offset) *
                             ElementBytes(program.buffers[view.buffer].element_type));
    }
    if (call.portable) {
      const auto words = [](int64_t bytes) {
        return std::vector<int64_t>(static_cast<size_t>(bytes / 8 + 1));
      };
      std::vector<int64_t> workspace = words(call.portable->workspace_bytes),
                           scratch = words(call.portable->scratch_bytes);
      PortableFunction(call.portable->symbol)(pointers.data(), workspace.data(), scratch.data(), 0,
                                              call.portable->units);
      continue;
    }
    std::unique_ptr<runtime::LoadedKernel>& kernel = kernels[key];
    if (kernel == nullptr) {
      DIAPASON_ASSIGN_OR_RETURN(kernel, BuildReference(*backend, program.workloads[call.workload], call));
    }
    pointers = kernel->WithPacked(pointers);
    kernel->Prepare(pointers);
    kernel->Run(pointers);
  }
  std::vector<std::string> outputs;
  for (const ModelTensor& output : program.outputs) outputs.push_back(memory[output.buffer]);
  for (const int buffer : program.sizes) outputs.push_back(memory[buffer]);
  return outputs;
}

}  // namespace diapason::compiler::graph
