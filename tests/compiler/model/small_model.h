// A small network as a Program, with a layout written by hand as layout planning would make it: halos
// that the producers write, a residual in place, a concatenation of views, and a reshape. The same
// network also exists in plain C++.
#ifndef DIAPASON_TESTS_COMPILER_MODEL_SMALL_MODEL_H_
#define DIAPASON_TESTS_COMPILER_MODEL_SMALL_MODEL_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "compiler/graph/program.h"

namespace diapason::compiler::model {

// Returns the model "small", from x [1, 12, 12, 4] to y [1, 10]. It computes `a` by two convolutions
// with a residual.
graph::Program SmallModel(uint64_t seed);

// Returns y for x, computed in plain C++ with the constants of `program`.
std::vector<float> SmallModelReference(const graph::Program& program, const std::vector<float>& x);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_TESTS_COMPILER_MODEL_SMALL_MODEL_H_
