// Builds graphs for tests.
#ifndef DIAPASON_TESTS_COMPILER_GRAPH_GRAPH_BUILDER_H_
#define DIAPASON_TESTS_COMPILER_GRAPH_GRAPH_BUILDER_H_

#include <string>
#include <vector>

#include "compiler/graph/graph.h"

namespace diapason::compiler::graph {

// Every function expects that what it adds is valid. All values are float32.
class GraphBuilder {
 public:
  Graph graph;

  ValueId Input(Shape shape, const std::string& name = "x");
  ValueId Number(double number);
  ValueId Numbers(Shape shape, const std::vector<double>& numbers);
  // Adds a constant full of ones.
  ValueId Ones(Shape shape, const std::string& name);
  // Adds a node. It has the operator's name, unless another name is given.
  ValueId Add(Op op, std::vector<ValueId> inputs, Attributes attributes = {}, const std::string& name = "");
  // Adds a convolution with a stride and a dilation of 1, and one group.
  ValueId Conv(ValueId x, ValueId weights, int64_t pad = 0, const std::string& name = "");
  // Adds a pooling with a window of 3x3, a stride of 1 and a padding of 1.
  ValueId MaxPool(ValueId x, const std::string& name = "");
  void Output(ValueId value);
};

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_TESTS_COMPILER_GRAPH_GRAPH_BUILDER_H_
