// What the steps of layout planning decide, one after another, about where values will lie.
//
// A *storage* is what one buffer will hold: a root value, and the values that lie inside of it, which are
// parts of a Concat or values whose place the root's kernel takes over.
//
// Where a value is needed in a second form, a step puts a Copy into the graph and goes on as if it had always
// been there. As a copy may change what was decided before it, another plan is then made from the start, for
// the graph with all those copies: a few plans are enough, however many copies there are. A copy is a kernel
// of its own and is never fused.
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
  ValueId parent = kNone;          // the value inside of whose storage this one lies; kNone if in none
  int64_t axis = 0, offset = 0;    // where a part of a Concat begins inside of its parent
  bool is_output = false;          // it is the root of a storage that is an output of the model
  Border border;                   // of a root value
  bool feeds_window = false;       // of a Concat: a window reads it, or reads what it is a part of
  bool has_channels_last = false;  // of a Concat: a part of it is written channels-last
};

struct StoragePlan {
  explicit StoragePlan(Graph& planned_graph);  // which outlives the plan

  Graph& graph;
  Layout layout;
  std::vector<Storage> storage;  // by value
  bool has_copies = false;

  // Adds a Copy of the value. Nothing reads it yet. `dense`: it is row-major, else its order is chosen as
  // that of others.
  ValueId AddCopy(ValueId value, bool dense);
  // The same; the nodes `readers` read the copy instead of the value.
  ValueId InsertCopy(ValueId value, const std::vector<NodeId>& readers, bool dense);

  bool IsConcat(ValueId value) const;
  // Whether the value gets a storage of its own, or a place in another's: kernels' outputs do, and joins of
  // such.
  bool IsWritten(ValueId value) const { return storage[value].kernel != kNone || IsConcat(value); }
  // The anchor of the kernel that writes the value; null if there is none.
  const Node* AnchorOf(ValueId value) const;
  // The root of the storage that the value lies in.
  ValueId Root(ValueId value) const;

 private:
  void AddStorageOfNewValues();
};

// ---- The steps, in their order. Each is a file; only the first two go on after a copy.

// layout_order.cc: finds out for each Concat what its parts and its readers ask of its order.
void FindOrders(StoragePlan& plan);
// layout_order.cc: makes each output of the model a value that a kernel writes, densely, and that is no other
// output.
void PlaceOutputs(StoragePlan& plan);
// layout_joins.cc: parts of a Concat are written into its storage.
void PlaceJoins(StoragePlan& plan);
// layout_in_place.cc: kernels take over the place of an operand that dies in them.
void PlaceInPlace(StoragePlan& plan);
// layout_borders.cc: windows that reach over an edge get a halo around their input.
void AddBorders(StoragePlan& plan);
// layout_views.cc: makes the buffers, and the view of every value.
void MakeViews(StoragePlan& plan);

// ---- layout_order.cc

// Whether a kernel over images writes the value in another order than the caller's; or a join of such values.
bool WritesChannelsLast(const StoragePlan& plan, ValueId value);
// The dimensions of a written value from the slowest to the fastest in memory.
std::vector<int64_t> MemoryOrder(const StoragePlan& plan, ValueId value);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_STORAGE_PLAN_H_
