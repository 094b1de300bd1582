// The loops of a kernel, and how each of its operands lies along them. From it come the types, indexing maps
// and views of the kernel's arguments: dimensions in the order in which they lie in memory, neighbours joined
// where every operand lets them be.
#ifndef DIAPASON_COMPILER_GRAPH_ITERATION_SPACE_H_
#define DIAPASON_COMPILER_GRAPH_ITERATION_SPACE_H_

#include "compiler/graph/layout.h"

namespace diapason::compiler::graph {

// What a kernel reads or writes of a value: dimension k of the view follows the loop loops[k]. Loops that are
// not listed do not move the operand.
struct Access {
  ValueId value = kNone;
  View view;
  std::vector<int> loops;

  // The dimension that follows the loop; kNone if there is none.
  int DimensionOf(int loop) const;
  void AddDimension(int loop, int64_t extent, int64_t stride);
};

// The value broadcast over loops of the given extents, one for each of their dimensions. The operand follows
// the loops along which it has several elements, and the loop `always`, if one is given.
Access AccessOf(const Layout& layout, ValueId value, absl::Span<const int64_t> extents, int always = kNone);

// The value broadcast over loops of the given extents, all of which it follows.
Access AccessAlongAll(const Layout& layout, ValueId value, absl::Span<const int64_t> extents);

// The same access with its dimensions from the longest stride to the shortest.
Access InMemoryOrder(const Access& access);

// The same access with its dimensions in the order of the loops.
Access InLoopOrder(const Access& access);

// Parallel loops come before those that reduce.
struct IterationSpace {
  std::vector<int64_t> extents;  // by loop
  std::vector<bool> is_reduction;
  std::vector<Access> accesses;

  int num_loops() const { return static_cast<int>(extents.size()); }
  int num_parallel_loops() const;

  // The accesses do not follow the new loop.
  void AddLoop(int at, int64_t extent, bool reduces);
  // Loop i becomes what loop order[i] was.
  void PermuteLoops(const std::vector<int>& order);
  // Sorts the loops [begin, end) from the one with the longest stride in `access` to the shortest.
  void SortLoops(int begin, int end, const Access& access);
  // The loop becomes two: `outer_extent` times the rest.
  void SplitLoop(int loop, int64_t outer_extent);
  // Whether every access walks the loops `outer` and `outer` + 1 as one.
  bool WalksAsOne(int outer) const;
  // The loop behind `outer` takes over its iterations, which needs WalksAsOne. `outer` stays, with an extent
  // of 1.
  void MoveIterationsInwards(int outer);
  // Loops of extent 1 go (one parallel loop stays), and neighbours that every access walks as one become one.
  // The last `kept` loops do not go, and the last `pinned` are not joined to others.
  void Simplify(int kept = 0, int pinned = 0);

 private:
  void RemoveLoop(int loop);
};

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_ITERATION_SPACE_H_
