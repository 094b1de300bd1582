// The state of one walk of the symbolic trace: which operations and loops each handle stands for, and the
// loop nests so far. NestBuilder makes the walk, and the functions of trace_steps.h follow one transform
// step each. Private to compiler/space.
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

// What a walk works with. The structure of the nests depends on what `ask(slot, is_zero)` returns: the slot's
// value, or whether it is zero. A walk calls `see` for every parameter that changes a nest.
struct TraceEnvironment {
  const SketchProgram& sketch;
  const Anchor& anchor;
  std::function<int64_t(int slot, bool is_zero)> ask;
  std::function<void(int slot)> see;
};

// An operation, in a piece of one of the nests.
struct TracedOp {
  int op;     // index in the graph
  int nest;   // index in the list of nests
  int piece;  // index in the nest
};

// A loop of a piece.
struct TracedLoop {
  int nest;   // index in the list of nests
  int piece;  // index in the nest
  int loop;   // index in the piece
};

// A loop that a step makes.
struct Tiling {
  int nest;       // index in the list of nests
  int dim;        // the dimension of the nest's operation, or -1
  int dim_class;  // the class of the tiled operation's dimension
  int step;       // a slot
  bool parallel;
};

// The operations and loops that a handle stands for, as far as the trace follows them. The handle of a
// function, a module or an operation that the trace ignores is empty. Operations and loops of one nest are
// in the order in which the interpreter lists them.
struct Handle {
  std::vector<TracedOp> ops;
  std::vector<TracedLoop> loops;
  // Loops that are only around a consumer so far. fuse_into_containing_op moves the nest's operation into
  // them.
  std::vector<Tiling> pending;
  bool empty() const { return ops.empty() && loops.empty() && pending.empty(); }
};

class TraceState {
 public:
  TraceState(TraceEnvironment environment, const PayloadGraph& graph);

  // Records why the trace ends at `op`. Returns false.
  bool Fail(mlir::Operation& op, const std::string& why);

  // ---- Handles and parameters
  Handle HandleOf(mlir::Value value) const { return handles_.lookup(value); }
  void SetHandle(mlir::Value value, Handle handle) { handles_[value] = std::move(handle); }
  // Returns the slot of a parameter, or -1 if only the interpreter knows its value.
  int SlotOf(mlir::Value parameter) const;
  // Makes `to` stand for the same as `from`.
  void Forward(mlir::Value from, mlir::Value to);
  // Returns the pieces of a nest that no split has replaced.
  std::vector<int> LivePieces(int nest) const;
  // Returns the number of a loop, which steps count from the last loop if it is negative.
  int64_t LoopNumber(const TracedOp& op, int64_t loop) const {
    return loop < 0 ? loop + static_cast<int64_t>(graph.classes[op.op].size()) : loop;
  }
  // Returns whether the operation has a loop of that number, and calls Fail if it has not.
  bool HasLoop(mlir::Operation& step, const TracedOp& op, int64_t loop);
  // Replaces the piece of `op` by two pieces: the first `size` iterations of the nest's dimension, and the
  // others. Returns the number of the first; the second has the next number.
  int SplitPiece(const TracedOp& op, int dim, int size);

  // ---- Sizes. They are slots, which come after those of the sketch's parameters
  int Constant(int64_t value);
  int Emit(Opcode op, int a, int b);
  // Asks for the value of a slot, or for those from which it is computed.
  int64_t ValueOf(int slot) const;

  // Removes the dimensions of a class from the operations, as a step has removed their loops. The nests keep
  // them.
  void RemoveClass(int dim_class);
  // Returns the dimension of the nest's operation that is tiled if dimension `dim` of `op` is, or -1.
  int NestDim(const TracedOp& op, size_t dim) const;
  // Returns the slot of the size of the operation's dimension in its piece, inside the loops so far.
  int ExtentOf(const TracedOp& op, size_t dim) const;
  NestPiece& PieceOf(const TracedOp& op) { return nests.nests[op.nest].pieces[op.piece]; }
  Loop& LoopAt(const TracedLoop& loop) { return nests.nests[loop.nest].pieces[loop.piece].loops[loop.loop]; }

  const TraceEnvironment environment;
  PayloadGraph graph;  // split_dim changes its dimensions
  LoopNest nests;
  // For each nest and piece, and each class of dimensions: the slot of the size inside the loops so far.
  std::vector<std::vector<std::vector<int>>> class_tiles;
  std::vector<std::set<std::string>> marks;   // the names with which the sketch annotated each operation
  std::vector<std::vector<bool>> reductions;  // for each loop of each operation whether it is a reduction
  size_t num_loops = 0;
  size_t num_pieces = 0;
  std::string error;

 private:
  bool IsKnown(int slot) const;
  int64_t Known(int slot) const;

  llvm::DenseMap<mlir::Value, Handle> handles_;
  llvm::DenseMap<mlir::Value, int> parameters_;  // the slots of values that only forward a parameter
  std::vector<bool> own_known_;  // for each of the nests' own slots whether its value is known
  std::map<int64_t, int> constants_;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_TRACE_STATE_H_
