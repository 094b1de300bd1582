#include "compiler/graph/partition.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/graph/kernel_text.h"
#include "compiler/graph/layout.h"
#include "compiler/graph/portable.h"
#include "compiler/graph/rewrites.h"
#include "compiler/workload/workload.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::graph {
namespace {

ModelTensor TensorOf(const Graph& graph, ValueId id, const std::string& name, int buffer) {
  const Value& value = graph.value(id);
  return {name, buffer, value.type, value.shape};
}

// Returns the call of a portable kernel, whose only node is `node`.
Call PortableCall(Graph& graph, Layout& layout, const Node& node) {
  const Value& result = graph.value(node.output);
  const auto bytes =
      std::make_shared<const std::string>(PortableCallBytes(graph, node, {result.type, result.shape}));
  graph.KeepAlive(bytes);
  Buffer description;
  description.kind = BufferKind::kConstant;
  description.name = absl::StrCat("description of ", node.name);
  description.element_type = v1::ELEMENT_TYPE_I64;
  description.elements = static_cast<int64_t>(bytes->size() / sizeof(int64_t));
  description.bytes = *bytes;
  Call call;
  call.workload = kNoWorkload;
  call.arguments.push_back(DenseView(static_cast<int>(layout.buffers.size()), {description.elements}));
  layout.buffers.push_back(std::move(description));
  for (const ValueId input : node.inputs) call.arguments.push_back(layout.views[input]);
  call.arguments.push_back(layout.views[node.output]);
  call.name = node.name;
  call.portable = PortableKernelOf(graph, node);
  return call;
}

// Adds the inputs and outputs, and the sizes that are known only when the model runs.
void AddTensors(const Graph& graph, Layout& layout, Program& program) {
  for (size_t i = 0; i < graph.inputs.size(); ++i)
    program.inputs.push_back(
        TensorOf(graph, graph.inputs[i], graph.value(graph.inputs[i]).name, layout.input_buffers[i]));
  const size_t outputs = graph.output_names.size();
  for (size_t i = 0; i < outputs; ++i)
    program.outputs.push_back(
        TensorOf(graph, graph.outputs[i], graph.output_names[i], layout.output_buffers[i]));
  for (size_t i = outputs; i < graph.outputs.size(); ++i) {
    program.sizes.push_back(layout.output_buffers[i]);
    layout.buffers[static_cast<size_t>(layout.output_buffers[i])].kind = BufferKind::kSize;
  }
  for (const RunTimeSize& size : graph.sizes) {
    program.outputs[size.output].run_time_dim = size.dim;
    program.outputs[size.output].size = static_cast<int>(size.value - outputs);
  }
}

// Returns the names of the model's nodes that a kernel computes. A node that became several operators is
// named once.
std::string NamesOf(const Graph& graph, const Kernel& kernel) {
  std::vector<std::string> names;
  for (NodeId id : kernel.Nodes()) {
    if (names.empty() || names.back() != graph.node(id).name) names.push_back(graph.node(id).name);
  }
  return absl::StrJoin(names, " + ");
}

}  // namespace

absl::StatusOr<Program> PartitionGraph(Graph graph) {
  Simplify(graph);
  Layout layout = PlanLayout(graph);
  Program program;
  program.name = Identifier(graph.name);
  std::map<std::string, int> by_text, by_id;
  const std::vector<Kernel> kernels = layout.kernels;
  for (const Kernel& kernel : kernels) {
    if (kernel.anchor != kNone && KindOf(graph.node(kernel.anchor).op) == OpKind::kPortable) {
      program.calls.push_back(PortableCall(graph, layout, graph.node(kernel.anchor)));
      continue;
    }
    KernelText written = KernelWriter(graph, layout, kernel).Write();
    const std::string name = NamesOf(graph, kernel);
    auto known = by_text.find(written.text);
    if (known == by_text.end()) {
      absl::StatusOr<v1::Workload> workload = workload::MakeWorkload(written.text, written.summary);
      if (!workload.ok()) return WithContext(workload.status(), absl::StrCat("kernel of ", name));
      const int next = static_cast<int>(program.workloads.size());
      const auto [same, is_new] = by_id.emplace(workload->id(), next);
      known = by_text.emplace(written.text, same->second).first;
      if (is_new) program.workloads.push_back(*std::move(workload));
    }
    program.calls.push_back({known->second, std::move(written.arguments), name});
  }
  AddTensors(graph, layout, program);
  program.buffers = std::move(layout.buffers);
  program.storage = graph.storage();
  return program;
}

}  // namespace diapason::compiler::graph
