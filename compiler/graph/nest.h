// How the operands of a kernel are read: loops, and for each operand its strides along them. From it come the types,
// indexing maps and views of the arguments: dimensions in the order in which they lie in memory, neighbours joined where
// every operand lets them be.
#ifndef DIAPASON_COMPILER_GRAPH_NEST_H_
#define DIAPASON_COMPILER_GRAPH_NEST_H_

#include "compiler/graph/layout.h"

namespace diapason::compiler {

// An operand along the loops of a nest. Stride 0 with `indexed` false: the loop does not move it.
struct Access {
  ValueId value = kNone;
  int buffer = kNone;
  int64_t offset = 0;
  std::vector<int64_t> strides;
  std::vector<bool> indexed;
};

// The value broadcast over loops of the given extents, one for each of their dimensions. Loops of extent 1 do not move it.
Access AccessOf(const Graph& graph, const Layout& layout, ValueId value, absl::Span<const int64_t> extents);

struct Nest {
  std::vector<int64_t> extents;
  std::vector<bool> is_reduction;  // parallel loops come first
  std::vector<Access> accesses;

  // Loops of extent 1 go (one parallel loop stays), and neighbours that every access walks as one become one. The last
  // `kept` loops do not go, and the last `pinned` are joined to nothing.
  void Simplify(size_t kept = 0, size_t pinned = 0);
  // The loops [begin, end) from the one with the longest stride in `access` to the shortest.
  void SortLoops(size_t begin, size_t end, const Access& access);
};

// The loops that move the access, in the order in which its dimensions lie in memory; `keep_order`: in the loops' own.
std::vector<int> MemoryOrderOfLoops(const Access& access, bool keep_order = false);

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_GRAPH_NEST_H_
