// Where every activation of a program lies in one arena, and who sets the borders.
//
// Buffers that are never alive at the same time share memory. They are packed greedily by size: the largest
// first, each into the smallest gap that holds it between those placed before that are alive at the same time
// (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", arXiv:2001.03288, section
// 5.2).
//
// A border (program.h) stays as it is set, once, when the model is loaded, where its buffer shares memory
// only with buffers that have the very same border at the same place; otherwise it is set again before its
// first call, at every run. Memory of its own costs arena, sharing costs setting: both are bytes that every
// run moves, so the plan keeps the smaller sum. It starts with everything shared and gives, greedily, each
// kind of border (equal size, place and value; such buffers share among themselves) memory of its own where
// that lowers arena bytes + bytes set per run.
#ifndef DIAPASON_COMPILER_MODEL_MEMORY_PLAN_H_
#define DIAPASON_COMPILER_MODEL_MEMORY_PLAN_H_

#include <cstdint>
#include <vector>

#include "compiler/graph/program.h"
#include "compiler/model/border.h"

namespace diapason::compiler::model {

struct BorderFill {
  int buffer = 0;
  int before_call = kAtLoad;
  std::vector<Runs> runs;  // never empty

  static constexpr int kAtLoad = -1;
};

struct MemoryPlan {
  int64_t arena_bytes = 0;
  std::vector<int64_t> offsets;  // of each buffer, in bytes, a multiple of 64; 0 for what is not in the arena
  std::vector<BorderFill> fills;  // those at load first, then in the order of the calls

  // Bytes of borders that every run sets.
  int64_t RefilledBytes(const graph::Program& program) const;
};

// The program must be sound (program_check.h). Deterministic.
MemoryPlan PlanMemory(const graph::Program& program);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_MEMORY_PLAN_H_
