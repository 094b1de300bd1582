// What one walk of the symbolic trace knows: which handles stand for which operations and loops, and the loop
// nests so far. Private to compiler/space; NestBuilder makes the walk, and trace_steps.h follows one
// transform step after another.
#ifndef DIAPASON_COMPILER_SPACE_TRACE_STATE_H_
#define DIAPASON_COMPILER_SPACE_TRACE_STATE_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "compiler/space/anchor.h"
#include "compiler/space/loop_nest.h"
#include "compiler/space/payload_graph.h"
#include "compiler/space/sketch_program.h"

namespace diapason::compiler::space {

// `ask(slot, is_zero)` answers what the structure of the nests depends on: the slot's value, or whether it is
// zero. `see` is told every parameter that shapes a nest.
struct TraceEnvironment {
  const SketchProgram& sketch;
  const Anchor& anchor;
  std::function<int64_t(int slot, bool is_zero)> ask;
  std::function<void(int slot)> see;
};

// An operation, as one of the nests sees it.
struct TracedOp {
  int op;     // of the graph
  int nest;   // of the list of nests
  int piece;  // of the nest
};

struct TracedLoop {
  int nest;
  int piece;
  int loop;  // of the piece
};

// A loop that a step makes.
struct Tiling {
  int nest;
  int dim;        // of the nest's operation; -1: none
  int dim_class;  // of the tiled operation's dim
  int step;       // slot
  bool parallel;
};

// What a handle stands for, as far as the trace follows it: nothing for functions, modules and operations
// that it ignores. Operations and loops of one nest keep the order in which the interpreter lists them.
struct Handle {
  std::vector<TracedOp> ops;
  std::vector<TracedLoop> loops;
  // Loops around a consumer only; fuse_into_containing_op brings the nest's operation under them.
  std::vector<Tiling> pending;
  bool empty() const { return ops.empty() && loops.empty() && pending.empty(); }
};

class TraceState {
 public:
  TraceState(TraceEnvironment environment, const PayloadGraph& graph);

  // Notes why the trace ends at `op`. Returns false.
  bool Fail(mlir::Operation& op, const std::string& why);

  // ---- handles and parameters
  Handle HandleOf(mlir::Value value) const { return handles_.lookup(value); }
  void SetHandle(mlir::Value value, Handle handle) { handles_[value] = std::move(handle); }
  // The slot of a parameter, or -1 if the interpreter alone knows its value.
  int SlotOf(mlir::Value parameter) const;
  // `to` stands for what `from` does.
  void Forward(mlir::Value from, mlir::Value to);
  // The pieces of a nest that no split has replaced.
  std::vector<int> LivePieces(int nest) const;
  // Whether the operation has a loop of that number; fails where it has not.
  bool HasLoop(mlir::Operation& step, const TracedOp& op, int64_t loop);

  // ---- sizes: slots behind those of the sketch's parameters
  int Constant(int64_t value);
  int Emit(Opcode op, int a, int b);

  // The dim of the nest's operation that tiling dim `dim` of `op` tiles, or -1.
  int NestDim(const TracedOp& op, size_t dim) const;
  // What is left of the operation's dim in its piece: a slot.
  int ExtentOf(const TracedOp& op, size_t dim) const;
  NestPiece& PieceOf(const TracedOp& op) { return nests.nests[op.nest].pieces[op.piece]; }
  Loop& LoopAt(const TracedLoop& loop) { return nests.nests[loop.nest].pieces[loop.piece].loops[loop.loop]; }

  const TraceEnvironment environment;
  PayloadGraph graph;  // dims change with split_dim
  LoopNest nests;
  // Of each nest and piece: slots, what is left of each class of dims.
  std::vector<std::vector<std::vector<int>>> class_tiles;
  std::vector<std::set<std::string>> marks;   // of each operation of the graph
  std::vector<std::vector<bool>> reductions;  // of each operation's loops
  size_t num_loops = 0;
  size_t num_pieces = 0;
  std::string error;

 private:
  bool IsKnown(int slot) const;
  int64_t Known(int slot) const;

  llvm::DenseMap<mlir::Value, Handle> handles_;
  llvm::DenseMap<mlir::Value, int> parameters_;  // of values that only pass a parameter on
  std::vector<bool> own_known_;                  // of each own slot
  std::map<int64_t, int> constants_;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_TRACE_STATE_H_
