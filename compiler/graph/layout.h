// Decides where every value of a graph lies: in which buffer, behind which border, and with which
// strides. This covers channels-last order, halos, residuals that are updated in place, and parts that
// are written straight into their concatenation. Only kernels move data: if a value is needed in a
// second form, planning adds a Copy to the graph.
#ifndef DIAPASON_COMPILER_GRAPH_LAYOUT_H_
#define DIAPASON_COMPILER_GRAPH_LAYOUT_H_

#include <map>

#include "compiler/graph/kernels.h"
#include "compiler/graph/program.h"
#include "compiler/graph/view.h"

namespace diapason::compiler::graph {

// The layout of a graph: its kernels, its buffers, and the view of each value.
struct Layout {
  std::vector<Kernel> kernels;  // in an order of execution
  std::vector<Buffer> buffers;
  std::vector<int> input_buffers, output_buffers;  // of the model's inputs and outputs, in its order
  // By value: its view, with the value's own dimensions in the model's order. A value without a buffer
  // is computed inside of a kernel and never stored.
  std::vector<View> views;
  std::vector<bool> non_negative;       // by value: all elements are known to be at least 0
  std::map<ValueId, ValueId> in_place;  // from a kernel's output to the operand whose place it takes
};

// Plans the layout of the graph, to which it adds Copy nodes where they are needed.
Layout PlanLayout(Graph& graph);

// Whether the window reads beyond the edge of its input.
bool ReachesOverEdge(const Node& window);

// Returns the number that a window must read beyond the edge of its input: 0 for convolutions and sums,
// and -infinity for a maximum. A maximum may read 0 if its input is known not to be negative and every
// position of the window also reads an element of the input.
double BorderValue(const Graph& graph, const Layout& layout, const Node& window);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_LAYOUT_H_
