// Which elements of a buffer no call writes: its border, which the memory plan must set.
#ifndef DIAPASON_COMPILER_MODEL_BORDER_H_
#define DIAPASON_COMPILER_MODEL_BORDER_H_

#include <cstdint>
#include <vector>

#include "compiler/graph/program.h"

namespace diapason::compiler::model {

// `count` runs of `length` elements each; run i begins at element offset + i * stride.
struct Runs {
  int64_t offset = 0;
  int64_t length = 0;
  int64_t count = 1;
  int64_t stride = 0;

  bool operator==(const Runs&) const = default;
};

// The elements of `buffer` that no argument of role OUTPUT or IN_OUT covers, ascending, in as few groups as a
// greedy pass finds. Empty where calls write everything. Time and memory grow with the buffer's elements.
std::vector<Runs> UnwrittenRuns(const graph::Program& program, int buffer);

int64_t CountElements(const std::vector<Runs>& runs);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_BORDER_H_
