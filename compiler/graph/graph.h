// A model between its file and its kernels: a small typed graph of the operators of op.h. All shapes are
// static. Constants refer to the bytes of the file. The dimensions of a tensor are in the model's order;
// layout planning (layout.h) decides later how they lie in memory.
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

// Values and nodes are named by their index in the graph. kNone stands for none.
using ValueId = int;
using NodeId = int;
inline constexpr int kNone = -1;

// A tensor. Its element type and shape are known when it is made, and so are its bytes if it is a
// constant.
struct Value {
  std::string name;
  v1::ElementType type = v1::ELEMENT_TYPE_F32;  // BOOL: any byte but 0 means true; kernels write 0 or 1
  Shape shape;
  bool is_constant = false;
  absl::string_view bytes;  // the contents of a constant: dense, row-major
  NodeId producer = kNone;  // kNone for a constant and for an input of the model
};

// The attributes of a node, by name. op.h lists those of each operator.
using Attribute = std::variant<int64_t, double, std::vector<int64_t>, v1::ElementType, Reduction>;
using Attributes = std::map<std::string, Attribute>;

// An operator, its operands and its result.
struct Node {
  Op op = Op::kAdd;
  std::string name;             // the name of the model's node, for messages
  std::vector<ValueId> inputs;  // kNone for an optional input that is absent
  ValueId output = kNone;
  Attributes attributes;
  bool is_removed = false;

  // These return an attribute, which must exist and have that type.
  int64_t Int(const std::string& key) const;
  double Float(const std::string& key) const;
  const std::vector<int64_t>& Ints(const std::string& key) const;
  v1::ElementType CastType() const;  // attribute "to" of a Cast
  Reduction ReductionKind() const;   // attribute "kind" of a Reduce
};

// A dimension of an output whose size is known only when the model has run. The output's shape says how large
// it may be.
struct RunTimeSize {
  size_t output;  // an index into Graph::output_names
  int64_t dim;
  size_t value;  // the index in Graph::outputs of the int64 scalar that is the size
};

// The graph. Its nodes are in an order in which every node comes after those that it reads from. It is
// not thread-safe.
class Graph {
 public:
  std::string name;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;           // the model's outputs, and behind them the values of `sizes`
  std::vector<std::string> output_names;  // of the model's outputs
  std::vector<RunTimeSize> sizes;         // at most one for each output
  // If true, rewrites and kernels may treat floats as real numbers. compiler/importer/load_model.h says
  // how far that goes.
  bool fast_math = false;
  // If true, convolutions must not be computed by an algorithm that multiplies rounding errors.
  bool strict_accuracy = false;

  // Adds an input of the model. Returns the value that nodes should read: the input itself or, if it has
  // no elements, an empty constant.
  ValueId AddInput(std::string value_name, v1::ElementType type, Shape shape);
  // Adds a constant. `bytes` must outlive the graph: they lie in the model's file, or in the graph's own
  // storage, where AddOwnedConstant puts them.
  ValueId AddConstant(std::string value_name, v1::ElementType type, Shape shape, absl::string_view bytes);
  // Adds a constant whose bytes the graph owns.
  ValueId AddOwnedConstant(std::string value_name, v1::ElementType type, Shape shape, std::string bytes);
  // Adds a constant without dimensions. The number is converted as a Cast converts it.
  ValueId AddScalar(v1::ElementType type, double number);

  // Adds an operator and returns its result. Usually the result is the output of a new node, with its
  // shape inferred. The result is a constant if the operands are constants and it is worth computing
  // now, if it has no elements, or if it reduces a dimension without elements. So every node has
  // elements to compute, and no part of a Concat is empty. Returns InvalidArgument if the shapes or
  // attributes do not fit the operator, and Unimplemented if the operator is not supported for the
  // element type.
  absl::StatusOr<ValueId> Add(Op op, std::vector<ValueId> operands, Attributes attributes,
                              absl::string_view node_name);

  // Adding nodes and values leaves these references valid.
  const Value& value(ValueId id) const { return values_[id]; }
  const Node& node(NodeId id) const { return nodes_[id]; }

  int num_values() const { return static_cast<int>(values_.size()); }
  int num_nodes() const { return static_cast<int>(nodes_.size()); }
  // Returns the node that makes the value, or null for a constant and for an input of the model.
  const Node* Producer(ValueId id) const;

  // Returns the nodes that have not been removed. After Sort they are in an order of execution.
  std::vector<NodeId> Order() const;
  // Returns the nodes that read the value. A node that reads it with two operands occurs twice. Every
  // function that changes the graph keeps this list up to date.
  const std::vector<NodeId>& Readers(ValueId id) const { return readers_[id]; }
  // Whether the value is an output of the model.
  bool IsOutput(ValueId id) const;
  // Whether exactly one operand of one node reads the value, and it is not an output of the model.
  bool IsReadOnce(ValueId id) const { return readers_[id].size() == 1 && !IsOutput(id); }

  // Makes the node read `to` as its operand number `operand`. The caller must keep the types as Add
  // would infer them.
  void SetOperand(NodeId id, size_t operand, ValueId to);
  // Makes all readers of the node's result, the model's outputs among them, read `to` instead. Removes
  // the node, and the nodes before it that nothing reads any more.
  void Replace(NodeId id, ValueId to);
  // Sets the element type of a view's result, after its operand was set to a value of another type.
  void SetType(ValueId id, v1::ElementType type) { values_[id].type = type; }
  // Removes the nodes that no output needs.
  void RemoveDead();
  // Restores the order of the nodes after rewrites have appended some. Nodes get new ids. Returns false
  // if there is a cycle.
  bool Sort();

  // Keeps alive what constants point into: the file, or the results of folding.
  void KeepAlive(std::shared_ptr<const void> storage) { storage_.push_back(std::move(storage)); }

  const std::vector<std::shared_ptr<const void>>& storage() const { return storage_; }

 private:
  ValueId AddValue(Value value);
  void Remove(NodeId id);
  void FindReaders();

  std::deque<Value> values_;  // a deque keeps references valid when elements are added
  std::deque<Node> nodes_;
  std::deque<std::vector<NodeId>> readers_;  // by value
  std::vector<std::shared_ptr<const void>> storage_;
};

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_GRAPH_H_
