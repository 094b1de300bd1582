// Finds the border of a buffer: the elements that no call writes. The memory plan must set them.
#ifndef DIAPASON_COMPILER_MODEL_BORDER_H_
#define DIAPASON_COMPILER_MODEL_BORDER_H_

#include <cstdint>
#include <vector>

#include "compiler/graph/program.h"

namespace diapason::compiler::model {

// A group of runs of elements of a buffer.
struct Runs {
  // There are `count` runs of `length` elements each. Run i begins at element offset + i * stride.
  int64_t offset = 0;
  int64_t length = 0;
  int64_t count = 1;
  int64_t stride = 0;

  bool operator==(const Runs&) const = default;
};

// Returns the elements of `buffer` that no argument of role OUTPUT or IN_OUT covers. The groups are in
// ascending order; a greedy pass keeps their number small. The result is empty if the calls write
// everything. Time and memory grow with the buffer's elements.
std::vector<Runs> UnwrittenRuns(const graph::Program& program, int buffer);

// Returns the number of elements in all groups.
int64_t CountElements(const std::vector<Runs>& runs);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_BORDER_H_
