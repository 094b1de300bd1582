// Prints a layout as text, which tests compare.
#ifndef DIAPASON_TESTS_COMPILER_GRAPH_LAYOUT_TEXT_H_
#define DIAPASON_TESTS_COMPILER_GRAPH_LAYOUT_TEXT_H_

#include <string>

#include "compiler/graph/layout.h"

namespace diapason::compiler::graph {

// Returns the buffers and the kernels of the layout that PlanLayout returned for the graph:
//   b0 input x, 32 elements
//   b2 activation conv, 72 elements, border 0
//   Conv Max
//     b0+0 1x2x4x4 [32 16 4 1]
//     b1+0 2x2x3x3 [18 9 3 1]
//     -> b2+14 1x2x4x4 [72 1 12 2]
// A view is printed as its buffer, offset, shape and strides. Below a kernel's operators come the views
// that it reads, each once and in the order of the operands, and then the view that it writes. A kernel
// "in place" writes over one of its operands. Single numbers are left out.
std::string LayoutText(const Graph& graph, const Layout& layout);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_TESTS_COMPILER_GRAPH_LAYOUT_TEXT_H_
