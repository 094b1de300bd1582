// A model between its file and its kernels: a small typed graph of the operators of op.h, with static shapes,
// and with constants by reference to the file's bytes. A tensor's dimensions are in the model's order; layout
// comes later.
#ifndef DIAPASON_COMPILER_GRAPH_GRAPH_H_
#define DIAPASON_COMPILER_GRAPH_GRAPH_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "compiler/graph/op.h"
#include "compiler/graph/shape.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::graph {

using ValueId = int;
using NodeId = int;
inline constexpr int kNone = -1;

// Element types, shapes and constants are settled when a value is made.
struct Value {
  std::string name;
  v1::ElementType type = v1::ELEMENT_TYPE_F32;  // BOOL: any byte but 0 is true, and kernels write 0 or 1
  Shape shape;
  bool is_constant = false;
  absl::string_view bytes;  // of a constant: dense, row-major
  NodeId producer = kNone;  // kNone: a constant or an input of the model
};

using Attribute = std::variant<int64_t, double, std::vector<int64_t>, v1::ElementType, Reduction>;
using Attributes = std::map<std::string, Attribute>;

struct Node {
  Op op = Op::kAdd;
  std::string name;             // the model's node, for people
  std::vector<ValueId> inputs;  // kNone: an optional input that is not there
  ValueId output = kNone;
  Attributes attributes;
  bool is_removed = false;

  // The attribute must be there (op.h lists those of each operator).
  int64_t Int(const std::string& key) const;
  double Float(const std::string& key) const;
  const std::vector<int64_t>& Ints(const std::string& key) const;
  v1::ElementType CastType() const;  // the attribute "to" of a Cast
  Reduction ReductionKind() const;   // the attribute "kind" of a Reduce
};

// Nodes stay in an order in which every node comes after those it reads from. Not thread-safe.
class Graph {
 public:
  std::string name;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<std::string> output_names;
  // Whether rewrites and kernels may treat floats as real numbers: import/load_model.h says how far that
  // goes.
  bool fast_math = false;

  // What reads the input: itself, or an empty constant where it has no elements.
  ValueId AddInput(std::string value_name, v1::ElementType type, Shape shape);
  // `bytes` must outlive the graph: in the model's file, or in this graph's storage (AddOwnedConstant).
  ValueId AddConstant(std::string value_name, v1::ElementType type, Shape shape, absl::string_view bytes);
  ValueId AddOwnedConstant(std::string value_name, v1::ElementType type, Shape shape, std::string bytes);
  ValueId AddScalar(v1::ElementType type, double number);

  // The operator's result: a constant, where its inputs are constants and it is worth computing now, or where
  // it has no elements or is made of none; else a new node's output, with its shape inferred. So nodes have
  // elements to compute, and a Concat has no empty parts. InvalidArgument: shapes or attributes do not fit.
  absl::StatusOr<ValueId> Add(Op op, std::vector<ValueId> operands, Attributes attributes,
                              absl::string_view node_name);

  // These references stay valid while the graph grows.
  const Value& value(ValueId id) const { return values_[id]; }
  const Node& node(NodeId id) const { return nodes_[id]; }
  int num_values() const { return static_cast<int>(values_.size()); }
  int num_nodes() const { return static_cast<int>(nodes_.size()); }
  // The node that makes the value, or null.
  const Node* Producer(ValueId id) const;

  // Live nodes, in order after Sort.
  std::vector<NodeId> Order() const;
  // The live nodes that read the value, a node once for each operand. Kept up to date by whatever changes the
  // graph.
  const std::vector<NodeId>& Readers(ValueId id) const { return readers_[id]; }
  bool IsOutput(ValueId id) const;
  // Whether a single operand of a node is all that reads the value.
  bool IsReadOnce(ValueId id) const { return readers_[id].size() == 1 && !IsOutput(id); }

  // The node reads `to` as its operand number `operand`. The types stay such as Add would find them.
  void SetOperand(NodeId id, size_t operand, ValueId to);
  // Every reader of the node's result, and the model's outputs, take `to` instead; the node goes, and
  // whatever only it needed.
  void Replace(NodeId id, ValueId to);
  // For values whose element type follows that of an operand that was set: a view's.
  void SetType(ValueId id, v1::ElementType type) { values_[id].type = type; }
  // Removes nodes that no output needs.
  void RemoveDead();
  // After rewrites have appended nodes: restores the order, which gives nodes new ids. False: there is a
  // cycle.
  bool Sort();

  // Keeps what constants point into (the file, folded constants).
  void KeepAlive(std::shared_ptr<const void> storage) { storage_.push_back(std::move(storage)); }
  const std::vector<std::shared_ptr<const void>>& storage() const { return storage_; }

 private:
  ValueId AddValue(Value value);
  void Remove(NodeId id);
  void FindReaders();

  std::deque<Value> values_;  // deques: adding leaves references valid
  std::deque<Node> nodes_;
  std::deque<std::vector<NodeId>> readers_;  // by value
  std::vector<std::shared_ptr<const void>> storage_;
};

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_GRAPH_H_
