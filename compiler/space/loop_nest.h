// The loops that a schedule makes around operations of a workload, as a function of the schedule's
// parameters. One LoopNest stands for all schedules that take the same branches; sizes are slots, so that a
// schedule's numbers cost a few integer instructions.
#ifndef DIAPASON_COMPILER_SPACE_LOOP_NEST_H_
#define DIAPASON_COMPILER_SPACE_LOOP_NEST_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "compiler/space/integer_program.h"

namespace diapason::compiler::space {

struct IndexTerm {
  int64_t coefficient;
  int dim;  // of the operation
};

// How the operation indexes an operand: a sum of terms for each axis. Empty terms: the index does not move.
struct OperandAccess {
  std::vector<std::vector<IndexTerm>> axes;
  int64_t element_bytes = 4;
  bool constant = false;  // the same bytes at every call
  bool packed = false;    // the schedule chooses its layout
};

struct Loop {
  int dim;   // of the operation; -1: the operation is computed again at every iteration
  int step;  // slots
  int extent;
  bool parallel = false;  // its iterations are units of work for threads
  bool unrolled = false;
  std::string marks;  // names the sketch annotated it with
};

// The operation may have been split into pieces, each in loops of its own, outermost first.
struct NestPiece {
  std::vector<Loop> loops;
  std::vector<int> tile;  // slots: what is left of each dim inside all loops
  bool live = true;
};

// A reduction that a step distributes over units of work: with more than one unit they write the same
// elements.
struct SharedReduction {
  std::string step_text;  // which step of the script
  int step;               // slots
  int extent;
};

// The loops around one operation.
struct OpNest {
  std::vector<OperandAccess> operands;  // inputs, then the result
  std::vector<bool> reduction;          // of each dim
  std::vector<NestPiece> pieces;
};

struct LoopNest {
  std::vector<OpNest> nests;  // at least one
  std::vector<SharedReduction> shared_reductions;

  // Slots behind those of the ConstraintProgram: their initial values, and the instructions that compute the
  // rest.
  std::vector<int64_t> own_slots;
  std::vector<Instruction> instructions;

  // Computes its own slots. `slots` holds the parameters' values; cut to them and then extended.
  void Complete(size_t num_parameters, std::vector<int64_t>& slots) const;
};

inline int64_t TripCount(int64_t extent, int64_t step) {
  if (step <= 0) return 1;
  return extent <= 0 ? 0 : (extent - 1) / step + 1;
}
inline int64_t TripCount(const Loop& loop, const std::vector<int64_t>& slots) {
  return TripCount(slots[loop.extent], slots[loop.step]);
}

// One line a loop, one for each tile.
std::string ToString(const LoopNest& nest, const std::vector<int64_t>& slots);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_LOOP_NEST_H_
