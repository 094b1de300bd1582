// Where every value of a graph lies: buffers with their borders, and views of them. Decides channels-last,
// halos, residuals in place, and parts that are written into what they are joined to. Only kernels move data:
// where a value is needed in a second form, a Copy is put into the graph.
#ifndef DIAPASON_COMPILER_GRAPH_LAYOUT_H_
#define DIAPASON_COMPILER_GRAPH_LAYOUT_H_

#include <map>

#include "compiler/graph/kernels.h"
#include "compiler/graph/program.h"
#include "compiler/graph/view.h"

namespace diapason::compiler::graph {

struct Layout {
  std::vector<Kernel> kernels;  // in order of execution
  std::vector<Buffer> buffers;
  std::vector<int> input_buffers, output_buffers;  // of the model's inputs and outputs, in its order
  // By value, with the value's own dimensions in the model's order. A value without a buffer lives inside of
  // a kernel.
  std::vector<View> views;
  std::vector<bool> non_negative;       // by value: all elements are known to be at least 0
  std::map<ValueId, ValueId> in_place;  // a kernel's output, and the operand whose place it takes
};

// Adds Copy nodes to the graph where they are needed.
Layout PlanLayout(Graph& graph);

// Whether the window reaches over the edge of its input.
bool ReachesOverEdge(const Node& window);

// What a window that reaches over the edge of an input reads there: 0 for convolutions and sums, -infinity
// for a maximum. A maximum may read 0 where the input is known not to be negative, if every position of the
// window also reads an element of the input.
double BorderValue(const Graph& graph, const Layout& layout, const Node& window);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_LAYOUT_H_
