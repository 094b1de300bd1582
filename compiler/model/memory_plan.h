// Decides where every activation of a program lies in one arena, and when borders are set.
//
// Buffers that are never alive at the same time share memory. They are packed greedily by size, the
// largest first. Each goes into the smallest gap that can hold it between buffers that were placed
// before and are alive at the same time (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural
// Net Inference", arXiv:2001.03288, section 5.2).
//
// A border (program.h) is set once, when the model is loaded, if its buffer shares memory only with
// buffers that have exactly the same border at the same place. Otherwise it is set again at every run,
// before its buffer's first call. Dedicated memory makes the arena larger; shared memory means setting
// borders at every run. Every run moves the bytes of both, so the plan minimises their sum. It starts
// with all memory shared. Then it greedily gives dedicated memory to one kind of border after another
// (borders of equal size, place and value; such buffers may still share among themselves) as long as
// that makes the sum smaller.
#ifndef DIAPASON_COMPILER_MODEL_MEMORY_PLAN_H_
#define DIAPASON_COMPILER_MODEL_MEMORY_PLAN_H_

#include <cstdint>
#include <vector>

#include "compiler/graph/program.h"
#include "compiler/model/border.h"

namespace diapason::compiler::model {

// A border that must be set, and when.
struct BorderFill {
  // Stands for the time when an instance of the model is made.
  static constexpr int kAtLoad = -1;

  int buffer = 0;             // an index into Program::buffers
  int before_call = kAtLoad;  // an index into Program::calls
  std::vector<Runs> runs;     // never empty
};

// The addresses of all activations in the arena, and the borders that must be set.
struct MemoryPlan {
  int64_t arena_bytes = 0;        // the size of the arena
  std::vector<int64_t> offsets;   // by buffer, in bytes, multiples of 64; 0 if it is not in the arena
  std::vector<BorderFill> fills;  // first those at load, then the others in the order of the calls

  // Returns how many bytes of borders every run sets.
  int64_t RefilledBytes(const graph::Program& program) const;
};

// Plans the memory. The program must be sound (program_check.h). The result depends on the program only.
MemoryPlan PlanMemory(const graph::Program& program);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_MEMORY_PLAN_H_
