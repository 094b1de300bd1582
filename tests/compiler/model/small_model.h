// A small network as a Program, laid out by hand as the graph stage would: halos written by their producers,
// a residual in place, a concatenation of views, a reshape; and the same network in plain C++.
#ifndef DIAPASON_TESTS_COMPILER_MODEL_SMALL_MODEL_H_
#define DIAPASON_TESTS_COMPILER_MODEL_SMALL_MODEL_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "compiler/graph/program.h"

namespace diapason::compiler::model {

// x [1, 12, 12, 4] -> y [1, 10], a = convolved twice with a residual; named "small".
graph::Program SmallModel(uint64_t seed);

// y for x, with the constants of `program`.
std::vector<float> SmallModelReference(const graph::Program& program, const std::vector<float>& x);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_TESTS_COMPILER_MODEL_SMALL_MODEL_H_
