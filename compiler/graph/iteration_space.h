// The loops of a kernel, and how each of its operands lies along them. The types, indexing maps and
// views of the kernel's arguments follow from it. An argument's dimensions are in the order in which
// they lie in memory, and neighbouring dimensions are joined where every operand allows it.
#ifndef DIAPASON_COMPILER_GRAPH_ITERATION_SPACE_H_
#define DIAPASON_COMPILER_GRAPH_ITERATION_SPACE_H_

#include "compiler/graph/layout.h"

namespace diapason::compiler::graph {

// What a kernel reads or writes of a value. Dimension k of the view follows the loop loops[k]. A loop
// that is not listed does not move the operand.
struct Access {
  ValueId value = kNone;
  View view;
  std::vector<int> loops;

  // Returns the dimension that follows the loop, or kNone.
  int DimensionOf(int loop) const;
  // Adds a dimension that follows the loop.
  void AddDimension(int loop, int64_t extent, int64_t stride);
};

// Returns the access to the value, broadcast over loops of the given extents, one for each of their
// dimensions. The operand follows the loops along which it has several elements. It also follows the
// loop `always`, if one is given.
Access AccessOf(const Layout& layout, ValueId value, absl::Span<const int64_t> extents, int always = kNone);

// Returns the access to the value, broadcast over loops of the given extents. The operand follows all of
// them.
Access AccessAlongAll(const Layout& layout, ValueId value, absl::Span<const int64_t> extents);

// Returns the access with its dimensions sorted from the longest stride to the shortest.
Access InMemoryOrder(const Access& access);

// Returns the access with its dimensions in the order of the loops.
Access InLoopOrder(const Access& access);

// The loops of a kernel and its accesses. Parallel loops come before those that reduce.
struct IterationSpace {
  std::vector<int64_t> extents;  // by loop
  std::vector<bool> is_reduction;
  std::vector<Access> accesses;

  int num_loops() const { return static_cast<int>(extents.size()); }
  int num_parallel_loops() const;

  // Inserts a loop before loop `at`. No access follows the new loop.
  void AddLoop(int at, int64_t extent, bool reduces);
  // Makes loop i what loop order[i] was.
  void PermuteLoops(const std::vector<int>& order);
  // Sorts the loops [begin, end) by their stride in `access`, the longest first.
  void SortLoops(int begin, int end, const Access& access);
  // Splits the loop into two. The outer one has `outer_extent` iterations; the inner one has the rest.
  void SplitLoop(int loop, int64_t outer_extent);
  // Whether in every access the loops `outer` and `outer` + 1 are equivalent to one loop.
  bool WalksAsOne(int outer) const;
  // Moves the iterations of loop `outer` into the loop behind it. WalksAsOne(outer) must hold. The loop
  // `outer` stays, with an extent of 1.
  void MoveIterationsInwards(int outer);
  // Removes loops of extent 1 (one parallel loop always stays), and joins neighbours that every access
  // walks as one. Does not remove one of the last `kept` loops, and does not join one of the last
  // `pinned` loops to others.
  void Simplify(int kept = 0, int pinned = 0);

 private:
  void RemoveLoop(int loop);
};

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_ITERATION_SPACE_H_
