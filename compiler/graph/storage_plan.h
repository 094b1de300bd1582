// The state that the steps of layout planning share: what they have decided, one after another, about
// where values will lie.
//
// A *storage* is what one buffer will hold. It has a root value and may contain other values: the parts
// of a Concat, or values whose place the root's kernel takes over. What is said here of a Concat holds for an
// Interleave, too.
//
// If a value is needed in a second form, a step adds a Copy to the graph and continues as if the copy
// had always been there. As a copy may change what was decided before, planning then starts again for
// the graph with all these copies. A few plans are enough, however many copies there are. A copy is a
// kernel of its own and is never fused.
#ifndef DIAPASON_COMPILER_GRAPH_STORAGE_PLAN_H_
#define DIAPASON_COMPILER_GRAPH_STORAGE_PLAN_H_

#include "compiler/graph/layout.h"

namespace diapason::compiler::graph {

// The halo of a buffer, by dimension of its root value.
struct Border {
  std::vector<int64_t> low, high;
  bool any = false;
  double value = 0;
};

// The storage of one value.
struct Storage {
  int kernel = kNone;              // the kernel that writes the value
  ValueId parent = kNone;          // the value whose storage contains this one; kNone if there is none
  int64_t axis = 0, offset = 0;    // for a part of a Concat: where it begins in its parent
  int64_t step = 1;                // for a part of an Interleave: the distance of its elements in its parent
  bool is_output = false;          // whether it is the root of an output of the model
  Border border;                   // only for a root value
  bool feeds_window = false;       // for a Concat: whether a window reads it, or what it is a part of
  bool masks_scores = false;       // whether an attention reads it as a mask or the like
  bool has_channels_last = false;  // for a Concat: whether a part is written channels-last
};

// The state of planning. Its constructor forms the kernels; the steps below do the rest.
struct StoragePlan {
  explicit StoragePlan(Graph& planned_graph);  // the graph must outlive the plan

  Graph& graph;
  Layout layout;
  std::vector<Storage> storage;  // by value
  bool has_copies = false;

  // Adds a Copy of the value, which nothing reads yet, and returns it. If `dense`, the copy is
  // row-major; otherwise its order is chosen as for other values.
  ValueId AddCopy(ValueId value, bool dense);
  // Adds a Copy of the value and makes the nodes `readers` read the copy instead of the value.
  ValueId InsertCopy(ValueId value, const std::vector<NodeId>& readers, bool dense);

  // Whether a Concat or an Interleave produces the value.
  bool IsConcat(ValueId value) const;
  // Whether the value gets a storage of its own or a place in another value's storage. The outputs of
  // kernels and of Concats do.
  bool IsWritten(ValueId value) const { return storage[value].kernel != kNone || IsConcat(value); }
  // Whether the kernel that writes the value can write it dense and row-major only.
  bool IsWrittenDense(ValueId value) const;
  // Returns the anchor of the kernel that writes the value, or null if there is none.
  const Node* AnchorOf(ValueId value) const;
  // Returns the root of the storage that contains the value.
  ValueId Root(ValueId value) const;

 private:
  void AddStorageOfNewValues();
};

// ---- The steps, in their order. Each has its own file. After a copy, only PlaceOutputs and PlaceJoins
// still run.

// layout_order.cc: finds out for each Concat which order its parts and its readers need.
void FindOrders(StoragePlan& plan);
// layout_order.cc: makes sure that each output of the model is a value that a kernel writes, dense, and
// that no two outputs are the same value.
void PlaceOutputs(StoragePlan& plan);
// layout_joins.cc: gives the parts of a Concat their places in its storage.
void PlaceJoins(StoragePlan& plan);
// layout_in_place.cc: lets a kernel's output take the place of an operand that nothing reads afterwards.
void PlaceInPlace(StoragePlan& plan);
// layout_borders.cc: puts a halo around the input of each window that reads beyond an edge.
void AddBorders(StoragePlan& plan);
// layout_views.cc: makes the buffers, and the view of every value.
void MakeViews(StoragePlan& plan);

// ---- layout_order.cc

// Whether the value is written channels-last, which is not the caller's order: a kernel over images
// writes it, or it is a Concat of such values.
bool WritesChannelsLast(const StoragePlan& plan, ValueId value);
// Returns the dimensions of a written value, from the slowest to the fastest in memory.
std::vector<int64_t> MemoryOrder(const StoragePlan& plan, ValueId value);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_STORAGE_PLAN_H_
