#include "tests/compiler/graph/layout_text.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace diapason::compiler::graph {
namespace {

absl::string_view KindName(BufferKind kind) {
  switch (kind) {
    case BufferKind::kActivation:
      return "activation";
    case BufferKind::kConstant:
      return "constant";
    case BufferKind::kInput:
      return "input";
    case BufferKind::kSize:
      return "size";
    case BufferKind::kOutput:
      return "output";
  }
  return "";
}

std::string ViewText(const View& view) {
  return absl::StrCat("b", view.buffer, "+", view.offset, " ", ShapeText(view.shape), " [",
                      absl::StrJoin(view.strides, " "), "]");
}

std::string KernelText(const Graph& graph, const Layout& layout, const Kernel& kernel) {
  std::vector<absl::string_view> names;
  std::vector<ValueId> inside;
  std::vector<std::string> reads;
  for (NodeId id : kernel.Nodes()) {
    const Node& node = graph.node(id);
    names.push_back(OpName(node.op));
    for (ValueId input : node.inputs) {
      const Value& value = graph.value(input);
      const bool is_number = value.is_constant && NumElements(value.shape) == 1;
      const std::string view = ViewText(layout.views[input]);
      if (!is_number && std::count(inside.begin(), inside.end(), input) == 0 &&
          std::count(reads.begin(), reads.end(), view) == 0)
        reads.push_back(view);
    }
    inside.push_back(node.output);
  }
  const bool is_in_place = layout.in_place.count(kernel.output) > 0;
  return absl::StrCat(absl::StrJoin(names, " "), is_in_place ? ", in place" : "", "\n  ",
                      absl::StrJoin(reads, "\n  "), "\n  -> ", ViewText(layout.views[kernel.output]), "\n");
}

}  // namespace

std::string LayoutText(const Graph& graph, const Layout& layout) {
  std::string text;
  for (size_t b = 0; b < layout.buffers.size(); ++b) {
    const Buffer& buffer = layout.buffers[b];
    if (buffer.kind == BufferKind::kConstant && buffer.elements == 1) continue;
    absl::StrAppend(&text, "b", b, " ", KindName(buffer.kind), " ", buffer.name, ", ", buffer.elements,
                    " elements", buffer.has_border ? absl::StrCat(", border ", buffer.border_value) : "",
                    "\n");
  }
  for (const Kernel& kernel : layout.kernels) text += KernelText(graph, layout, kernel);
  return text;
}

}  // namespace diapason::compiler::graph
