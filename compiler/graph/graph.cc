#include "compiler/graph/graph.h"

#include <algorithm>
#include <cstring>

#include "compiler/graph/evaluate.h"
#include "compiler/graph/infer_shape.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::graph {

int64_t Node::Int(const std::string& key) const { return std::get<int64_t>(attributes.at(key)); }
double Node::Float(const std::string& key) const { return std::get<double>(attributes.at(key)); }
const std::vector<int64_t>& Node::Ints(const std::string& key) const {
  return std::get<std::vector<int64_t>>(attributes.at(key));
}
v1::ElementType Node::CastType() const { return std::get<v1::ElementType>(attributes.at("to")); }
Reduction Node::ReductionKind() const { return std::get<Reduction>(attributes.at("kind")); }

ValueId Graph::AddValue(Value value) {
  values_.push_back(std::move(value));
  readers_.emplace_back();
  return num_values() - 1;
}

ValueId Graph::AddInput(std::string value_name, v1::ElementType type, Shape shape) {
  Value input;
  input.name = std::move(value_name);
  input.type = type;
  input.shape = std::move(shape);
  inputs.push_back(AddValue(std::move(input)));
  const Value& added = values_.back();
  if (NumElements(added.shape) > 0) return inputs.back();
  return AddOwnedConstant(added.name, added.type, added.shape, "");
}

ValueId Graph::AddConstant(std::string value_name, v1::ElementType type, Shape shape,
                           absl::string_view bytes) {
  Value constant;
  constant.name = std::move(value_name);
  constant.type = type;
  constant.shape = std::move(shape);
  constant.is_constant = true;
  constant.bytes = bytes;
  return AddValue(std::move(constant));
}

ValueId Graph::AddOwnedConstant(std::string value_name, v1::ElementType type, Shape shape,
                                std::string bytes) {
  auto owned = std::make_shared<const std::string>(std::move(bytes));
  KeepAlive(owned);
  return AddConstant(std::move(value_name), type, std::move(shape), *owned);
}

ValueId Graph::AddScalar(v1::ElementType type, double number) {
  return AddOwnedConstant("", type, {}, ToBytes(type, {ScalarOf(type, number)}));
}

absl::StatusOr<ValueId> Graph::Add(Op op, std::vector<ValueId> operands, Attributes attributes,
                                   absl::string_view node_name) {
  Node node;
  node.op = op;
  node.name = std::string(node_name);
  node.inputs = std::move(operands);
  node.attributes = std::move(attributes);
  DIAPASON_ASSIGN_OR_RETURN(const InferredType type, InferType(*this, node));
  if (NumElements(type.shape) == 0) return AddOwnedConstant(node.name, type.type, type.shape, "");
  if (node.op == Op::kConcat) {
    std::erase_if(node.inputs, [&](ValueId part) { return NumElements(value(part).shape) == 0; });
    if (node.inputs.size() == 1) return node.inputs[0];
  }
  if (const std::optional<Scalar> number = ResultOfEmptyReduction(*this, node)) {
    const ValueId one = AddOwnedConstant(node.name, type.type, {}, ToBytes(type.type, {*number}));
    return Add(Op::kExpand, {one}, {{"shape", type.shape}}, node_name);
  }
  if (std::optional<std::string> folded = Evaluate(*this, node, type)) {
    return AddOwnedConstant(node.name, type.type, type.shape, *std::move(folded));
  }
  Value output;
  output.name = node.name;
  output.type = type.type;
  output.shape = type.shape;
  output.producer = num_nodes();
  node.output = AddValue(std::move(output));
  for (ValueId input : node.inputs) {
    if (input != kNone) readers_[input].push_back(num_nodes());
  }
  nodes_.push_back(std::move(node));
  return nodes_.back().output;
}

const Node* Graph::Producer(ValueId id) const {
  return id == kNone || values_[id].producer == kNone ? nullptr : &nodes_[values_[id].producer];
}

std::vector<NodeId> Graph::Order() const {
  std::vector<NodeId> order;
  for (NodeId id = 0; id < num_nodes(); ++id) {
    if (!nodes_[id].is_removed) order.push_back(id);
  }
  return order;
}

bool Graph::IsOutput(ValueId id) const {
  return std::find(outputs.begin(), outputs.end(), id) != outputs.end();
}

void Graph::SetOperand(NodeId id, size_t operand, ValueId to) {
  ValueId& input = nodes_[id].inputs[operand];
  std::vector<NodeId>& readers = readers_[input];
  readers.erase(std::find(readers.begin(), readers.end(), id));
  readers_[to].push_back(id);
  input = to;
}

void Graph::Remove(NodeId id) {
  nodes_[id].is_removed = true;
  for (ValueId input : nodes_[id].inputs) {
    if (input == kNone) continue;
    std::vector<NodeId>& readers = readers_[input];
    readers.erase(std::find(readers.begin(), readers.end(), id));
  }
}

void Graph::Replace(NodeId id, ValueId to) {
  const ValueId from = nodes_[id].output;
  for (NodeId reader : readers_[from]) {
    std::vector<ValueId>& operands = nodes_[reader].inputs;
    const auto operand = std::find(operands.begin(), operands.end(), from);
    *operand = to;
    readers_[to].push_back(reader);
  }
  readers_[from].clear();
  std::replace(outputs.begin(), outputs.end(), from, to);
  std::vector<NodeId> unread = {id};
  while (!unread.empty()) {
    const NodeId node = unread.back();
    unread.pop_back();
    if (nodes_[node].is_removed) continue;
    Remove(node);
    for (ValueId input : nodes_[node].inputs) {
      if (input == kNone || !readers_[input].empty() || IsOutput(input)) continue;
      const NodeId producer = values_[input].producer;
      if (producer != kNone) unread.push_back(producer);
    }
  }
}

void Graph::FindReaders() {
  for (std::vector<NodeId>& readers : readers_) readers.clear();
  for (NodeId id : Order()) {
    for (ValueId input : nodes_[id].inputs) {
      if (input != kNone) readers_[input].push_back(id);
    }
  }
}

void Graph::RemoveDead() {
  std::vector<bool> needed(nodes_.size(), false);
  std::vector<ValueId> pending = outputs;
  while (!pending.empty()) {
    const NodeId producer = values_[pending.back()].producer;
    pending.pop_back();
    if (producer == kNone || needed[producer]) continue;
    needed[producer] = true;
    for (ValueId input : nodes_[producer].inputs) {
      if (input != kNone) pending.push_back(input);
    }
  }
  for (NodeId id = 0; id < num_nodes(); ++id) nodes_[id].is_removed |= !needed[id];
  FindReaders();
}

bool Graph::Sort() {
  // Kahn's algorithm. Among the nodes that are ready, the first in the old order comes first.
  std::vector<int> missing(nodes_.size(), 0);
  std::vector<NodeId> ready, sorted;
  for (NodeId id : Order()) {
    for (ValueId input : nodes_[id].inputs) missing[id] += Producer(input) != nullptr;
    if (missing[id] == 0) ready.push_back(id);
  }
  std::make_heap(ready.begin(), ready.end(), std::greater<>());
  while (!ready.empty()) {
    std::pop_heap(ready.begin(), ready.end(), std::greater<>());
    const NodeId id = ready.back();
    ready.pop_back();
    sorted.push_back(id);
    for (NodeId reader : readers_[nodes_[id].output]) {
      if (--missing[reader] > 0) continue;
      ready.push_back(reader);
      std::push_heap(ready.begin(), ready.end(), std::greater<>());
    }
  }
  if (sorted.size() != Order().size()) return false;
  for (const Node& node : nodes_) {
    if (node.is_removed) values_[node.output].producer = kNone;
  }
  std::deque<Node> nodes;
  for (NodeId id : sorted) {
    values_[nodes_[id].output].producer = static_cast<NodeId>(nodes.size());
    nodes.push_back(std::move(nodes_[id]));
  }
  nodes_ = std::move(nodes);
  FindReaders();
  return true;
}

}  // namespace diapason::compiler::graph
