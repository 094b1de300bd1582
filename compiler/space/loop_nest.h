// The loops that a schedule makes around operations of a workload, as a function of the schedule's
// parameters. One LoopNest describes all schedules that take the same branches of the sketch. Sizes are
// slots of an integer program (integer_program.h), so that the sizes of one schedule cost a few integer
// instructions.
#ifndef DIAPASON_COMPILER_SPACE_LOOP_NEST_H_
#define DIAPASON_COMPILER_SPACE_LOOP_NEST_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "compiler/space/integer_program.h"

namespace diapason::compiler::space {

// coefficient * dim, where `dim` is a dimension of the operation.
struct IndexTerm {
  int64_t coefficient;
  int dim;
};

// How the operation indexes an operand: the index of each axis is a sum of terms. Without terms it is
// constant.
struct OperandAccess {
  std::vector<std::vector<IndexTerm>> axes;
  int64_t element_bytes = 4;
  bool constant = false;  // whether its bytes are the same at every call
  bool packed = false;    // whether the schedule chooses its layout
};

struct Loop {
  int dim;                // of the operation; if -1, every iteration computes the operation again
  int step;               // a slot
  int extent;             // a slot
  bool parallel = false;  // whether its iterations are units of work for threads
  bool unrolled = false;
  std::string marks;  // the names with which the sketch annotated it, separated by spaces
};

// A piece of the operation. Splits divide it into pieces, each of which has its own loops.
struct NestPiece {
  std::vector<Loop> loops;  // outermost first
  std::vector<int> tile;    // a slot for each dimension: its size inside all loops
  bool live = true;         // false if a later split has replaced this piece
};

// A reduction that a step distributes over units of work. If there is more than one unit, they write the same
// elements.
struct SharedReduction {
  std::string step_text;  // names the step of the script
  int step;               // a slot
  int extent;             // a slot
};

// The loops around one operation.
struct OpNest {
  std::vector<OperandAccess> operands;  // the inputs, then the result
  std::vector<bool> reduction;          // for each dimension whether it is reduced
  std::vector<NestPiece> pieces;
};

// The nests of a schedule, with the program that computes their sizes.
struct LoopNest {
  std::vector<OpNest> nests;  // has at least one element
  std::vector<SharedReduction> shared_reductions;

  // The nest's own slots, which come after those of the ConstraintProgram: their initial values, and the
  // instructions that compute the others.
  std::vector<int64_t> own_slots;
  std::vector<Instruction> instructions;

  // Computes the nest's own slots. `slots` must begin with the values of `num_parameters` parameters; what
  // comes after them is replaced.
  void Complete(size_t num_parameters, std::vector<int64_t>& slots) const;
};

// Returns the number of iterations of a loop over `extent` elements in steps of `step`.
inline int64_t TripCount(int64_t extent, int64_t step) {
  if (step <= 0) return 1;
  return extent <= 0 ? 0 : (extent - 1) / step + 1;
}
inline int64_t TripCount(const Loop& loop, const std::vector<int64_t>& slots) {
  return TripCount(slots[loop.extent], slots[loop.step]);
}

// Returns a text with one line for each loop and one for each tile.
std::string ToString(const LoopNest& nest, const std::vector<int64_t>& slots);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_LOOP_NEST_H_
