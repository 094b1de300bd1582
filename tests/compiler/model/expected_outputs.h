// Runs whole models and compares their outputs with the expected ones.
#ifndef DIAPASON_TESTS_COMPILER_MODEL_EXPECTED_OUTPUTS_H_
#define DIAPASON_TESTS_COMPILER_MODEL_EXPECTED_OUTPUTS_H_

#include <string>
#include <vector>

#include "compiler/graph/program.h"
#include "compiler/model/model_compiler.h"
#include "compiler/model/tensor.h"

namespace diapason::compiler::model {

// Reads PREFIX0.pb, PREFIX1.pb, ... as long as such files exist. If one cannot be read, the test fails.
std::vector<Tensor> ReadTensors(const std::string& prefix);

// Expects the same number of tensors, and that each matches (CompareTensors).
void ExpectMatch(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected);

// Compiles the program for this machine in a temporary folder, and runs it twice with 1 thread and twice
// with 2. Expects the expected outputs, and the same bits each time.
void ExpectOutputs(const graph::Program& program, const ScheduleSource& schedules,
                   const std::vector<Tensor>& inputs, const std::vector<Tensor>& expected);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_TESTS_COMPILER_MODEL_EXPECTED_OUTPUTS_H_
