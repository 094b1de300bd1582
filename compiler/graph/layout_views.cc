// The last step of layout planning: makes the buffers, and decides where in them each value lies.
#include <algorithm>
#include <optional>
#include <utility>

#include "compiler/graph/apply_view.h"
#include "compiler/graph/storage_plan.h"

namespace diapason::compiler::graph {
namespace {

// Whether each element of the result depends on all elements along that dimension of the first operand.
bool IsReduced(const Node& node, size_t dim) {
  const int64_t d = static_cast<int64_t>(dim);
  switch (KindOf(node.op)) {
    case OpKind::kReduction: {
      const std::vector<int64_t>& axes = node.Ints("axes");
      return std::find(axes.begin(), axes.end(), d) != axes.end();
    }
    case OpKind::kRowwise:
      return node.op == Op::kLayerNormalization ? d >= node.Int("axis") : d == node.Int("axis");
    default:
      return IsWindow(node.op) && d >= 2;
  }
}

class ViewMaker {
 public:
  explicit ViewMaker(StoragePlan& plan) : plan_(plan), graph_(plan.graph), layout_(plan.layout) {}

  void Run() {
    for (ValueId input : graph_.inputs) {
      PlaceDense(input, BufferKind::kInput);
      layout_.input_buffers.push_back(layout_.views[input].buffer);
    }
    const size_t kernels = layout_.kernels.size();  // kernels of copies that are added here follow
    for (size_t k = 0; k < kernels; ++k) {
      for (NodeId id : layout_.kernels[k].Nodes()) {
        for (size_t i = 0; i < graph_.node(id).inputs.size(); ++i) PlaceOperand(graph_.node(id).inputs[i]);
      }
      for (NodeId id : layout_.kernels[k].Nodes()) {
        if (!IsElementwise(graph_.node(id).op)) CopyScatteredOperands(id);
      }
      PlaceWritten(layout_.kernels[k].output);
    }
    for (ValueId output : graph_.outputs) {
      if (NumElements(graph_.value(output).shape) == 0) {  // no kernel writes it
        layout_.output_buffers.push_back(AddBuffer(BufferKind::kOutput, output, 0));
        continue;
      }
      PlaceOperand(output);
      layout_.output_buffers.push_back(layout_.views[output].buffer);
    }
  }

 private:
  int AddBuffer(BufferKind kind, ValueId value, int64_t elements) {
    Buffer buffer;
    buffer.kind = kind;
    buffer.name = graph_.value(value).name;
    buffer.element_type = graph_.value(value).type;
    buffer.elements = elements;
    buffer.bytes = graph_.value(value).bytes;
    layout_.buffers.push_back(std::move(buffer));
    return static_cast<int>(layout_.buffers.size()) - 1;
  }

  void PlaceDense(ValueId value, BufferKind kind) {
    const Shape& shape = graph_.value(value).shape;
    layout_.views[value] = DenseView(AddBuffer(kind, value, NumElements(shape)), shape);
  }

  bool IsPlaced(ValueId value) const { return layout_.views[value].buffer != kNoBuffer; }

  // Places a value that a kernel writes. Its storage is made when the first value in it is placed, in
  // the order that suits that value.
  void PlaceWritten(ValueId value) {
    std::vector<ValueId> inner;  // from the value outwards
    ValueId outer = value;
    while (!IsPlaced(outer) && plan_.storage[outer].parent != kNone) {
      inner.push_back(outer);
      outer = plan_.storage[outer].parent;
    }
    if (!IsPlaced(outer)) PlaceRoot(outer, MemoryOrder(plan_, value));
    for (auto at = inner.rbegin(); at != inner.rend(); ++at) {
      const Storage& storage = plan_.storage[*at];
      View view = layout_.views[storage.parent];
      view.shape = graph_.value(*at).shape;
      if (storage.offset > 0) view.offset += storage.offset * view.strides[storage.axis];
      if (storage.step > 1) view.strides[storage.axis] *= storage.step;
      layout_.views[*at] = std::move(view);
    }
  }

  void PlaceRoot(ValueId value, const std::vector<int64_t>& order) {
    if (plan_.storage[value].is_output) {
      PlaceDense(value, BufferKind::kOutput);
      return;
    }
    const Shape& shape = graph_.value(value).shape;
    const Border& border = plan_.storage[value].border;
    View view{kNoBuffer, 0, shape, std::vector<int64_t>(shape.size())};
    int64_t stride = 1;
    for (size_t i = order.size(); i-- > 0;) {
      const int64_t d = order[i], low = border.any ? border.low[d] : 0,
                    high = border.any ? border.high[d] : 0;
      view.strides[d] = stride;
      view.offset += low * stride;
      stride *= shape[d] + low + high;
    }
    view.buffer = AddBuffer(BufferKind::kActivation, value, stride);
    layout_.views[value] = std::move(view);
    layout_.buffers.back().has_border = border.any;
    layout_.buffers.back().border_value = border.value;
  }

  // Places constants, views and Concats. What a kernel writes is placed already, or is computed inside
  // of a kernel.
  void PlaceOperand(ValueId value) {
    std::vector<ValueId> views;  // from the value to the one that they are views of
    const Node* node = graph_.Producer(value);
    while (!IsPlaced(value) && node != nullptr && IsView(node->op)) {
      views.push_back(value);
      value = node->inputs[0];
      node = graph_.Producer(value);
    }
    if (!IsPlaced(value)) {
      if (node == nullptr) {
        PlaceDense(value, BufferKind::kConstant);
      } else if (plan_.IsConcat(value)) {
        PlaceWritten(value);
      }
    }
    for (auto view = views.rbegin(); view != views.rend(); ++view) PlaceView(*view);
  }

  void PlaceView(ValueId value) {
    const NodeId id = graph_.value(value).producer;
    const Node& node = graph_.node(id);
    std::optional<View> seen = ApplyView(node, layout_.views[node.inputs[0]]);
    if (!seen) {  // no strides express this reshape; for a dense copy there are always some
      PlaceWritten(plan_.InsertCopy(node.inputs[0], {id}, /*dense=*/true));
      seen = ApplyView(node, layout_.views[node.inputs[0]]);
    }
    layout_.views[value] = *std::move(seen);
  }

  // Copies operands of the anchor whose strides it cannot use. A window needs adjacent channels; a
  // matrix product needs adjacent rows or columns, and the values of an attention, whose weights are
  // computed inside of the kernel, need adjacent columns. A portable kernel needs dense operands. A view
  // that repeats elements along a reduced dimension is copied, too, because every reduced loop of a
  // kernel must move in its operand.
  void CopyScatteredOperands(NodeId anchor) {
    const Node& node = graph_.node(anchor);
    const StrideNeed need = TraitsOf(node.op).strides;
    const View& first = layout_.views[node.inputs[0]];
    for (size_t d = 0; d < first.strides.size(); ++d) {
      if (first.strides[d] != 0 || first.shape[d] == 1 || !IsReduced(node, d)) continue;
      PlaceWritten(plan_.InsertCopy(node.inputs[0], {anchor}, /*dense=*/!IsWindow(node.op)));
      return;
    }
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!IsPlaced(node.inputs[i])) continue;
      const View& view = layout_.views[node.inputs[i]];
      const size_t rank = view.shape.size();
      const auto is_adjacent = [&](size_t d) { return view.shape[d] == 1 || view.strides[d] == 1; };
      if (need == StrideNeed::kAdjacentRowsOrColumns && !is_adjacent(rank - 1) &&
          (!is_adjacent(rank - 2) || !IsPlaced(node.inputs[0])))
        PlaceWritten(plan_.InsertCopy(node.inputs[i], {anchor}, /*dense=*/true));
      if (need == StrideNeed::kDense && !IsDense(view))
        PlaceWritten(plan_.InsertCopy(node.inputs[i], ReadersOfDense(node.inputs[i]), /*dense=*/true));
      if (need == StrideNeed::kAdjacentChannels && i == 0 && !is_adjacent(1))
        PlaceWritten(plan_.InsertCopy(node.inputs[i], {anchor}, /*dense=*/false));
    }
  }

  // Returns all nodes that read the value and need it dense. One copy serves all of them.
  std::vector<NodeId> ReadersOfDense(ValueId value) const {
    std::vector<NodeId> readers = graph_.Readers(value);
    std::erase_if(readers,
                  [&](NodeId id) { return TraitsOf(graph_.node(id).op).strides != StrideNeed::kDense; });
    return readers;
  }

  StoragePlan& plan_;
  Graph& graph_;
  Layout& layout_;
};

}  // namespace

void MakeViews(StoragePlan& plan) { ViewMaker(plan).Run(); }

}  // namespace diapason::compiler::graph
