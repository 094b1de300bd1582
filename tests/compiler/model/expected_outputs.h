// Whole models against the outputs that others expect of them.
#ifndef DIAPASON_TESTS_COMPILER_MODEL_EXPECTED_OUTPUTS_H_
#define DIAPASON_TESTS_COMPILER_MODEL_EXPECTED_OUTPUTS_H_

#include <string>
#include <vector>

#include "compiler/graph/program.h"
#include "compiler/model/model_compiler.h"
#include "compiler/model/tensor.h"

namespace diapason::compiler::model {

// PREFIX0.pb, PREFIX1.pb, ... as long as there are such files. One that does not read is a test failure.
std::vector<Tensor> ReadTensors(const std::string& prefix);

// As many, and each matches (CompareTensors).
void ExpectMatch(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected);

// Compiles the program for this machine in a folder of its own, and runs it twice each at 1 and at 2 threads:
// the expected outputs, and the same bits each time.
void ExpectOutputs(const graph::Program& program, const ScheduleSource& schedules,
                   const std::vector<Tensor>& inputs, const std::vector<Tensor>& expected);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_TESTS_COMPILER_MODEL_EXPECTED_OUTPUTS_H_
