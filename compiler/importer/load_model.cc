#include "compiler/importer/load_model.h"

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/graph/partition.h"
#include "compiler/importer/import_onnx.h"
#include "compiler/importer/onnx_file.h"
#include "compiler/workload/workload.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

std::string NameOf(const std::string& path) {
  return graph::Identifier(std::filesystem::path(path).stem().string());
}

// Loads one workload as one call. Its arguments are the caller's dense tensors. Constants are among
// them; the library packs these at its first run. If the workload reads the old value of its
// destination, that value is what the caller's output tensor holds.
absl::StatusOr<graph::Program> LoadWorkload(const std::string& path) {
  DIAPASON_ASSIGN_OR_RETURN(const std::shared_ptr<const absl::string_view> bytes, MapFile(path));
  absl::StatusOr<v1::Workload> workload = workload::MakeWorkload(*bytes);
  if (!workload.ok()) return WithContext(workload.status(), path);
  graph::Program program;
  program.name = NameOf(path);
  graph::Call call;
  call.name = program.name;
  for (int i = 0; i < workload->arguments_size(); ++i) {
    const v1::Argument& argument = workload->arguments(i);
    const graph::Shape shape(argument.shape().begin(), argument.shape().end());
    const bool is_output =
        argument.role() == v1::ARGUMENT_ROLE_OUTPUT || argument.role() == v1::ARGUMENT_ROLE_IN_OUT;
    graph::Buffer buffer;
    buffer.kind = is_output ? graph::BufferKind::kOutput : graph::BufferKind::kInput;
    buffer.name = absl::StrCat("arg", i);
    buffer.element_type = argument.element_type();
    buffer.elements = graph::NumElements(shape);
    call.arguments.push_back(graph::DenseView(i, shape));
    graph::ModelTensor tensor{buffer.name, i, argument.element_type(), shape};
    (is_output ? program.outputs : program.inputs).push_back(std::move(tensor));
    program.buffers.push_back(std::move(buffer));
  }
  program.workloads.push_back(*std::move(workload));
  program.calls.push_back(std::move(call));
  return program;
}

}  // namespace

absl::StatusOr<graph::Program> LoadModel(const std::string& path, const LoadOptions& options) {
  if (absl::EndsWith(path, ".mlir")) {
    if (!options.dims.empty() || !options.shapes.empty() || !options.values.empty())
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": a kernel has no dynamic dimensions; remove --dim, --shape and --value"));
    return LoadWorkload(path);
  }
  if (!absl::EndsWith(path, ".onnx"))
    return absl::InvalidArgumentError(absl::StrCat(path, ": the name of a model must end in .onnx or .mlir"));
  DIAPASON_ASSIGN_OR_RETURN(graph::Graph graph, ImportOnnx(path, options));
  graph.name = NameOf(path);  // many exporters give every graph the same name
  absl::StatusOr<graph::Program> program = graph::PartitionGraph(std::move(graph));
  if (!program.ok()) return WithContext(program.status(), path);
  return program;
}

}  // namespace diapason::compiler::importer
