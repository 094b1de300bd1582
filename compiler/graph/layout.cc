#include "compiler/graph/layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "compiler/graph/match.h"

namespace diapason::compiler {
namespace {

bool IsWindow(const Node& node) {
  return node.op == "Conv" || node.op == "MaxPool" || node.op == "AveragePool";
}

// The halo of a buffer, by dimension of its root value.
struct Border {
  std::vector<int64_t> low, high;
  bool any = false;
  double value = 0;
};

// A storage is what one buffer holds: a root value and the values that lie inside of it.
//
// Where a value is needed in a second form, a Copy goes into the graph, and the plan continues as if it had always been
// there. As it may have changed what was decided before, another planner then begins anew, with all those copies in the
// graph: a few planners are enough, however many copies there are.
class Planner {
 public:
  explicit Planner(Graph& graph) : graph_(graph), kernel_with_(graph.num_nodes(), kNone) {
    layout_.kernels = FormKernels(graph_);
    layout_.non_negative = FindNonNegative(graph_);
    ExtendLists();
    for (size_t k = 0; k < layout_.kernels.size(); ++k) {
      kernel_of_[layout_.kernels[k].output] = static_cast<int>(k);
      for (NodeId node : layout_.kernels[k].Nodes()) kernel_with_[node] = static_cast<int>(k);
    }
    FindWhatJoinsPassOn();
  }

  // False: Copies were put into the graph, so everything has to be thought of again, by another planner.
  bool Plan() {
    SettleOutputs();
    SettleJoins();
    if (!has_copied_) SettleInPlace();
    if (!has_copied_) SettleBorders();
    if (!has_copied_) SettlePlaces();
    if (has_copied_) graph_.Sort();
    return !has_copied_;
  }

  Layout Take() { return std::move(layout_); }

 private:
  // Where a value lies inside of another one's storage; parent kNone: it has a storage of its own, or none.
  struct Inside {
    ValueId parent = kNone;
    int64_t axis = 0, offset = 0;
  };

  // An entry for every value of the graph.
  void ExtendLists() {
    const size_t values = static_cast<size_t>(graph_.num_values());
    layout_.places.resize(values);
    layout_.non_negative.resize(values, false);
    inside_.resize(values);
    kernel_of_.resize(values, kNone);
    borders_.resize(values);
    is_output_root_.resize(values, false);
  }

  // A kernel of its own.
  ValueId AddCopy(ValueId value, bool dense) {
    const ValueId copy = *graph_.Add("Copy", {value}, {{"dense", static_cast<int64_t>(dense)}},
                                     absl::StrCat("copy of ", graph_.value(value).name));
    ExtendLists();
    layout_.non_negative[copy] = layout_.non_negative[value];
    kernel_of_[copy] = static_cast<int>(layout_.kernels.size());
    kernel_with_.push_back(kernel_of_[copy]);
    Kernel kernel;
    kernel.anchor = graph_.value(copy).producer;
    kernel.output = copy;
    layout_.kernels.push_back(std::move(kernel));
    has_copied_ = true;
    return copy;
  }

  // Puts a Copy of `value` before the readers.
  ValueId InsertCopy(ValueId value, const std::vector<NodeId>& readers, bool dense) {
    const ValueId copy = AddCopy(value, dense);
    for (NodeId reader : readers) {
      for (size_t i = 0; i < graph_.node(reader).inputs.size(); ++i) {
        if (graph_.node(reader).inputs[i] == value) graph_.SetOperand(reader, i, copy);
      }
    }
    return copy;
  }

  bool IsConcat(ValueId value) const {
    const Node* node = graph_.Producer(value);
    return node != nullptr && node->op == "Concat";
  }
  // A value that gets a storage of its own, or a place in another's: what kernels write, and joins of such.
  bool IsWritten(ValueId value) const { return kernel_of_[value] != kNone || IsConcat(value); }

  // Of each join: whether a window reads what it is a part of, and whether a part of it is written channels-last.
  void FindWhatJoinsPassOn() {
    feeds_window_.assign(graph_.num_values(), false);
    channels_last_.assign(graph_.num_values(), false);
    const std::vector<NodeId> order = graph_.Order();
    for (auto id = order.rbegin(); id != order.rend(); ++id) {
      const Node& node = graph_.node(*id);
      if (node.op == "Concat") feeds_window_[node.output] = FeedsWindow(node.output);
    }
    for (NodeId id : order) {
      const Node& node = graph_.node(id);
      if (node.op != "Concat") continue;
      channels_last_[node.output] = std::any_of(node.inputs.begin(), node.inputs.end(),
                                                [&](ValueId part) { return WritesChannelsLast(part); });
    }
  }

  // Behind reshapes only, as the caller's dense tensor has the same elements in the same order.
  ValueId WithoutReshapes(ValueId value) const {
    const Node* node = graph_.Producer(value);
    while (node != nullptr && node->op == "Reshape") {
      value = node->inputs[0];
      node = graph_.Producer(value);
    }
    return value;
  }

  bool IsEmpty(ValueId value) const { return NumElements(graph_.value(value).shape) == 0; }

  // Each output of the model is what a kernel writes, densely, and only once.
  void SettleOutputs() {
    for (ValueId& output : graph_.outputs) {
      if (IsEmpty(output)) continue;
      ValueId root = WithoutReshapes(output);
      if (!IsWritten(root) || WritesChannelsLast(root) || is_output_root_[root]) {
        output = AddCopy(output, /*dense=*/true);
        root = output;
      }
      is_output_root_[root] = true;
    }
  }

  // A kernel over images whose output would not be in the caller's order if it is written channels-last; or a join of such.
  bool WritesChannelsLast(ValueId value) const {
    if (IsConcat(value)) return channels_last_[value];
    if (kernel_of_[value] == kNone) return false;
    const Shape& shape = graph_.value(value).shape;
    const Kernel& kernel = layout_.kernels[kernel_of_[value]];
    if (kernel.anchor == kNone || !IsWindow(graph_.node(kernel.anchor))) return false;
    return shape[1] > 1 && NumElements(shape) > shape[0] * shape[1];
  }

  bool IsOutputRoot(ValueId value) const { return is_output_root_[value]; }

  // Parts of a join are written into it. A part that lies elsewhere, too, is copied for this join alone, which may have
  // it twice.
  void SettleJoins() {
    for (NodeId id : graph_.Order()) {
      if (graph_.node(id).op != "Concat") continue;
      const Node& join = graph_.node(id);
      const int64_t axis = join.Int("axis");
      int64_t offset = 0;
      for (size_t i = 0; i < join.inputs.size(); ++i) {
        ValueId part = join.inputs[i];
        if (!IsWritten(part) || inside_[part].parent != kNone || IsOutputRoot(part)) {
          const ValueId copy = AddCopy(part, /*dense=*/false);
          graph_.SetOperand(id, i, copy);
          part = copy;
        }
        inside_[part] = {join.output, axis, offset};
        offset += graph_.value(part).shape[axis];
      }
    }
  }

  // The storage's root value.
  ValueId Root(ValueId value) const {
    while (inside_[value].parent != kNone) value = inside_[value].parent;
    return value;
  }

  // By value: the last kernel that reads it, also through views and joins; kernels.size(): the caller does.
  std::vector<int> FindLastReads() const {
    std::vector<int> last(graph_.num_values(), kNone);
    for (ValueId output : graph_.outputs) last[output] = static_cast<int>(layout_.kernels.size());
    const std::vector<NodeId> order = graph_.Order();
    for (auto id = order.rbegin(); id != order.rend(); ++id) {
      const Node& node = graph_.node(*id);
      const int read = PassesOn(node) ? last[node.output] : kernel_with_[*id];
      for (ValueId input : node.inputs) {
        if (input != kNone) last[input] = std::max(last[input], read);
      }
    }
    return last;
  }

  // A convolution or product whose epilogue reads a value of its own shape that dies there takes that value's place.
  void SettleInPlace() {
    const std::vector<int> last_reads = FindLastReads();
    std::set<ValueId> taken_over;
    for (size_t k = 0; k < layout_.kernels.size(); ++k) {
      const Kernel& kernel = layout_.kernels[k];
      if (kernel.anchor == kNone || inside_[kernel.output].parent != kNone || IsOutputRoot(kernel.output))
        continue;
      const Node& anchor = graph_.node(kernel.anchor);
      if (anchor.op != "Conv" && anchor.op != "MatMul") continue;
      for (NodeId id : kernel.chain) {
        for (ValueId operand : graph_.node(id).inputs) {
          // What is part of a join has other neighbours; what took a place itself can hand it on.
          const bool in_join = inside_[operand].parent != kNone && layout_.in_place.count(operand) == 0;
          if (kernel_of_[operand] == kNone || kernel_of_[operand] == static_cast<int>(k) || in_join ||
              IsOutputRoot(operand) || taken_over.count(operand) > 0)
            continue;
          const Value &old = graph_.value(operand), &now = graph_.value(kernel.output);
          if (old.shape != now.shape || old.type != now.type || last_reads[operand] != static_cast<int>(k))
            continue;
          if (IsReadElsewhere(kernel, operand) || layout_.in_place.count(kernel.output) > 0) continue;
          layout_.in_place[kernel.output] = operand;
          taken_over.insert(operand);
          inside_[kernel.output].parent = operand;
        }
      }
    }
  }

  // By the anchor, or by the chain through a view: not element by element.
  bool IsReadElsewhere(const Kernel& kernel, ValueId value) const {
    for (ValueId input : graph_.node(kernel.anchor).inputs) {
      if (Reaches(input, value)) return true;
    }
    for (NodeId id : kernel.chain) {
      for (ValueId input : graph_.node(id).inputs) {
        if (input != value && IsView(graph_.Producer(input) == nullptr ? "" : graph_.Producer(input)->op) &&
            Reaches(input, value))
          return true;
      }
    }
    return false;
  }
  // Whether `value` is `source`, which a kernel writes, or a view or join of it.
  bool Reaches(ValueId value, ValueId source) const {
    std::vector<ValueId> pending = {value};
    std::set<ValueId> seen;
    while (!pending.empty()) {
      const ValueId next = pending.back();
      pending.pop_back();
      if (next == source) return true;
      const NodeId producer = graph_.value(next).producer;
      // What was made before the source does not depend on it.
      if (producer <= graph_.value(source).producer || !PassesOn(graph_.node(producer))) continue;
      for (ValueId input : graph_.node(producer).inputs) {
        if (seen.insert(input).second) pending.push_back(input);
      }
    }
    return false;
  }

  // The value whose storage holds the whole image that `value` is (a slice of its channels): where a halo can be.
  ValueId Image(ValueId value) const {
    while (true) {
      const Node* node = graph_.Producer(value);
      if (node == nullptr || node->op != "Slice") return value;
      const Shape &from = graph_.value(node->inputs[0]).shape, &to = graph_.value(value).shape;
      if (!std::equal(from.begin() + 2, from.end(), to.begin() + 2)) return value;
      for (size_t d = 2; d < from.size(); ++d) {
        if (node->Ints("steps")[d] != 1) return value;
      }
      value = node->inputs[0];
    }
  }

  // Each window that reaches over the edge asks the storage of its input for a halo.
  void SettleBorders() {
    for (NodeId id : graph_.Order()) {
      const Node& node = graph_.node(id);
      if (!IsWindow(node) || !ReachesOverEdge(node)) continue;
      const double value = BorderValue(layout_, node);
      const ValueId image = Image(node.inputs[0]);
      ValueId root = IsWritten(image) ? Root(image) : kNone;
      // Parts that were joined along an edge have no edge of their own.
      const bool has_edge = root != kNone && !IsOutputRoot(root) && JoinedAlongChannels(image);
      if (!has_edge || (borders_[root].any && borders_[root].value != value))
        root = InsertCopy(node.inputs[0], SameNeed(node.inputs[0], value), /*dense=*/false);
      Widen(&borders_[root], node, value);
    }
  }

  bool JoinedAlongChannels(ValueId value) const {
    for (; inside_[value].parent != kNone; value = inside_[value].parent) {
      if (inside_[value].axis >= 2) return false;
    }
    return true;
  }

  // All windows that read `value` and need that border: one copy serves them.
  std::vector<NodeId> SameNeed(ValueId value, double border) const {
    std::vector<NodeId> readers;
    for (NodeId reader : graph_.Readers(value)) {
      if (IsWindow(graph_.node(reader)) && BorderValue(layout_, graph_.node(reader)) == border)
        readers.push_back(reader);
    }
    return readers;
  }

  static void Widen(Border* border, const Node& window, double value) {
    const std::vector<int64_t>&low = window.Ints("pads_begin"), &high = window.Ints("pads_end");
    border->low.resize(low.size() + 2, 0);
    border->high.resize(low.size() + 2, 0);
    border->any = true;
    border->value = value;
    for (size_t d = 0; d < low.size(); ++d) {
      border->low[d + 2] = std::max(border->low[d + 2], low[d]);
      border->high[d + 2] = std::max(border->high[d + 2], high[d]);
    }
  }

  // Dimensions of a written value from the slowest to the fastest in memory.
  std::vector<int64_t> MemoryOrder(ValueId value) const {
    const size_t rank = graph_.value(value).shape.size();
    std::vector<int64_t> order(rank);
    std::iota(order.begin(), order.end(), 0);
    if (IsOutputRoot(value)) return order;
    const Node& producer = *graph_.Producer(value);
    const Kernel* kernel = kernel_of_[value] == kNone ? nullptr : &layout_.kernels[kernel_of_[value]];
    const Node* anchor =
        kernel == nullptr || kernel->anchor == kNone ? nullptr : &graph_.node(kernel->anchor);
    if ((anchor != nullptr && IsWindow(*anchor)) || FeedsWindow(value)) {
      std::rotate(order.begin() + 1, order.begin() + 2, order.end());
      return order;
    }
    if (anchor != nullptr && anchor->op == "Copy" && anchor->Int("dense") != 0) return order;
    if (std::optional<std::vector<int64_t>> wanted = OrderOfTransposed(value)) return *wanted;
    if (anchor != nullptr && (anchor->op == "MatMul" || anchor->op == "Gather")) return order;
    // As the main operand: the first of the same rank that has been placed.
    std::vector<ValueId> operands = producer.op == "Concat" ? producer.inputs : std::vector<ValueId>();
    if (kernel != nullptr) {
      for (NodeId id : kernel->Nodes())
        operands.insert(operands.end(), graph_.node(id).inputs.begin(), graph_.node(id).inputs.end());
    }
    for (ValueId operand : operands) {
      const Place& place = layout_.places[operand];
      const Value& main = graph_.value(operand);
      if (main.is_constant || place.buffer == kNone || main.shape.size() != rank ||
          (main.shape != graph_.value(value).shape && (anchor == nullptr || anchor->op != "Reduce")))
        continue;
      // Insertion sort: dimensions of extent 1 have no place of their own, so they stay.
      for (size_t i = 1; i < rank; ++i) {
        for (size_t j = i; j > 0 && Slower(main.shape, place.at.strides, order[j], order[j - 1]); --j)
          std::swap(order[j], order[j - 1]);
      }
      return order;
    }
    return order;
  }

  static bool Slower(const Shape& shape, const std::vector<int64_t>& strides, int64_t a, int64_t b) {
    return shape[a] > 1 && shape[b] > 1 && std::abs(strides[a]) > std::abs(strides[b]);
  }

  // Read by a window, also as a part of what that reads.
  bool FeedsWindow(ValueId value) const {
    if (graph_.value(value).shape.size() < 3) return false;
    const std::vector<NodeId>& readers = graph_.Readers(value);
    return std::any_of(readers.begin(), readers.end(), [&](NodeId reader) {
      const Node& node = graph_.node(reader);
      return IsWindow(node) || (node.op == "Concat" && feeds_window_[node.output]);
    });
  }

  // A product that is only read transposed is written in the order of what reads it, as long as rows stay rows.
  std::optional<std::vector<int64_t>> OrderOfTransposed(ValueId value) const {
    if (graph_.Readers(value).size() != 1) return std::nullopt;
    const Node& reader = graph_.node(graph_.Readers(value)[0]);
    if (reader.op != "Transpose") return std::nullopt;
    const std::vector<int64_t>& perm = reader.Ints("perm");
    if (perm.back() != static_cast<int64_t>(perm.size()) - 1) return std::nullopt;
    return perm;
  }

  int AddBuffer(BufferKind kind, ValueId value, int64_t elements) {
    Buffer buffer;
    buffer.kind = kind;
    buffer.name = graph_.value(value).name;
    buffer.element_type = ElementTypeOf(graph_.value(value).type);
    buffer.elements = elements;
    buffer.bytes = graph_.value(value).bytes;
    layout_.buffers.push_back(std::move(buffer));
    return static_cast<int>(layout_.buffers.size()) - 1;
  }

  void PlaceDense(ValueId value, BufferKind kind) {
    const Shape& shape = graph_.value(value).shape;
    layout_.places[value] = {AddBuffer(kind, value, NumElements(shape)), DenseStrides(shape)};
  }

  // A written value: its storage is made for the first of the values in it, in the order that suits this one.
  void PlaceWritten(ValueId value) {
    std::vector<ValueId> inner;  // from the value outwards
    ValueId outer = value;
    while (layout_.places[outer].buffer == kNone && inside_[outer].parent != kNone) {
      inner.push_back(outer);
      outer = inside_[outer].parent;
    }
    if (layout_.places[outer].buffer == kNone) PlaceRoot(outer, MemoryOrder(value));
    for (auto at = inner.rbegin(); at != inner.rend(); ++at) {
      const auto [parent, axis, offset] = inside_[*at];
      Place place = layout_.places[parent];
      if (offset > 0) place.at.offset += offset * place.at.strides[axis];
      layout_.places[*at] = std::move(place);
    }
  }

  void PlaceRoot(ValueId value, const std::vector<int64_t>& order) {
    if (IsOutputRoot(value)) {
      PlaceDense(value, BufferKind::kOutput);
      return;
    }
    const Shape& shape = graph_.value(value).shape;
    const Border& border = borders_[value];
    Strided at{0, std::vector<int64_t>(shape.size())};
    int64_t stride = 1;
    for (size_t i = order.size(); i-- > 0;) {
      const int64_t d = order[i], low = border.any ? border.low[d] : 0,
                    high = border.any ? border.high[d] : 0;
      at.strides[d] = stride;
      at.offset += low * stride;
      stride *= shape[d] + low + high;
    }
    layout_.places[value] = {AddBuffer(BufferKind::kActivation, value, stride), at};
    layout_.buffers.back().has_border = border.any;
    layout_.buffers.back().border_value = border.value;
  }

  void SettlePlaces() {
    for (ValueId input : graph_.inputs) {
      PlaceDense(input, BufferKind::kInput);
      layout_.input_buffers.push_back(layout_.places[input].buffer);
    }
    const size_t kernels = layout_.kernels.size();  // those of copies that are made here follow
    for (size_t k = 0; k < kernels; ++k) {
      for (NodeId id : layout_.kernels[k].Nodes()) {
        for (size_t i = 0; i < graph_.node(id).inputs.size(); ++i) PlaceOperand(graph_.node(id).inputs[i]);
      }
      if (layout_.kernels[k].anchor != kNone) ReadInOrder(layout_.kernels[k].anchor);
      PlaceWritten(layout_.kernels[k].output);
    }
    for (ValueId output : graph_.outputs) {
      if (IsEmpty(output)) {  // no kernel writes it
        layout_.output_buffers.push_back(AddBuffer(BufferKind::kOutput, output, 0));
        continue;
      }
      PlaceOperand(output);
      layout_.output_buffers.push_back(layout_.places[output].buffer);
    }
  }

  // Constants, views and joins; what kernels write is placed already, or lives inside of one.
  void PlaceOperand(ValueId value) {
    std::vector<ValueId> views;  // from the value on to what they are views of
    const Node* node = graph_.Producer(value);
    while (layout_.places[value].buffer == kNone && node != nullptr && IsView(node->op)) {
      views.push_back(value);
      value = node->inputs[0];
      node = graph_.Producer(value);
    }
    if (layout_.places[value].buffer == kNone) {
      if (node == nullptr) {
        PlaceDense(value, BufferKind::kConstant);
      } else if (node->op == "Concat") {
        PlaceWritten(value);
      }
    }
    for (auto view = views.rbegin(); view != views.rend(); ++view) PlaceView(*view);
  }

  void PlaceView(ValueId value) {
    const NodeId id = graph_.value(value).producer;
    const Node& node = graph_.node(id);
    const Shape& shape = graph_.value(node.inputs[0]).shape;
    std::optional<Strided> seen = ApplyView(node, shape, layout_.places[node.inputs[0]].at);
    if (!seen) {  // a reshape that no strides express: of a dense tensor there is none
      PlaceWritten(InsertCopy(node.inputs[0], {id}, /*dense=*/true));
      seen = ApplyView(node, shape, layout_.places[node.inputs[0]].at);
    }
    layout_.places[value] = {layout_.places[node.inputs[0]].buffer, *std::move(seen)};
  }

  // Whether an element of the result is made of all elements along that dimension of the first operand.
  static bool IsReduced(const Node& node, int64_t dim) {
    if (node.op == "Reduce") {
      const std::vector<int64_t>& axes = node.Ints("axes");
      return std::find(axes.begin(), axes.end(), dim) != axes.end();
    }
    if (node.op == "Softmax" || node.op == "LogSoftmax") return dim == node.Int("axis");
    if (node.op == "LayerNormalization") return dim >= node.Int("axis");
    return IsWindow(node) && dim >= 2;
  }

  // Windows read channels one after another, products rows or columns: a view that scatters them is copied. So is one that
  // repeats elements along a dimension that is reduced, as every reduced loop of a kernel must move in its operand.
  void ReadInOrder(NodeId anchor) {
    const Node& node = graph_.node(anchor);
    const Place& first = layout_.places[node.inputs[0]];
    for (size_t d = 0; d < first.at.strides.size(); ++d) {
      if (first.at.strides[d] != 0 || graph_.value(node.inputs[0]).shape[d] == 1) continue;
      if (!IsReduced(node, static_cast<int64_t>(d))) continue;
      PlaceWritten(InsertCopy(node.inputs[0], {anchor}, /*dense=*/!IsWindow(node)));
      return;
    }
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId input = node.inputs[i];
      const Shape& shape = graph_.value(input).shape;
      const std::vector<int64_t>& strides = layout_.places[input].at.strides;
      const auto in_order = [&](size_t d) { return shape[d] == 1 || strides[d] == 1; };
      if (node.op == "MatMul" && !in_order(shape.size() - 1) && !in_order(shape.size() - 2))
        PlaceWritten(InsertCopy(input, {anchor}, /*dense=*/true));
      if (IsWindow(node) && i == 0 && !in_order(1))
        PlaceWritten(InsertCopy(input, {anchor}, /*dense=*/false));
    }
  }

  Graph& graph_;
  Layout layout_;
  std::vector<bool> is_output_root_;                // by value
  std::vector<Inside> inside_;                      // by value
  std::vector<int> kernel_of_;                      // by value: which kernel writes it
  std::vector<int> kernel_with_;                    // by node: which kernel computes it
  std::vector<Border> borders_;                     // by root value
  std::vector<bool> feeds_window_, channels_last_;  // by value, of joins only
  bool has_copied_ = false;
};

}  // namespace

v1::ElementType ElementTypeOf(DataType type) {
  switch (type) {
    case DataType::kF32:
      return v1::ELEMENT_TYPE_F32;
    case DataType::kI32:
      return v1::ELEMENT_TYPE_I32;
    case DataType::kI64:
      return v1::ELEMENT_TYPE_I64;
    case DataType::kBool:
      return v1::ELEMENT_TYPE_I8;
  }
  return v1::ELEMENT_TYPE_UNSPECIFIED;
}

bool ReachesOverEdge(const Node& window) {
  for (const char* side : {"pads_begin", "pads_end"}) {
    const std::vector<int64_t>& pads = window.Ints(side);
    if (std::any_of(pads.begin(), pads.end(), [](int64_t p) { return p > 0; })) return true;
  }
  return false;
}

double BorderValue(const Layout& layout, const Node& window) {
  if (window.op != "MaxPool" || layout.non_negative[window.inputs[0]]) return 0;
  return -std::numeric_limits<double>::infinity();
}

Layout PlanLayout(Graph& graph) {
  while (true) {
    Planner planner(graph);
    if (planner.Plan()) return planner.Take();
  }
}

}  // namespace diapason::compiler
