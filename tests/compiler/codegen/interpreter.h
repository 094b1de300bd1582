// Evaluates a workload's text, element by element, in double precision. It computes what a kernel must
// compute, and shares no code with the compiler.
#ifndef DIAPASON_TESTS_COMPILER_CODEGEN_INTERPRETER_H_
#define DIAPASON_TESTS_COMPILER_CODEGEN_INTERPRETER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::codegen {

// An element: `f` is its value in a float tensor, and `i` in an integer tensor.
struct Number {
  double f = 0;
  int64_t i = 0;
};

// A dense, row-major tensor.
struct NumberTensor {
  std::vector<int64_t> shape;
  std::vector<Number> elements;
};

// Returns the function's results. `arguments` must have one tensor for each argument, also for destinations.
// Unimplemented: the workload uses an operation that the interpreter does not know; the message names it.
absl::StatusOr<std::vector<NumberTensor>> Interpret(absl::string_view workload_text,
                                                    const std::vector<NumberTensor>& arguments);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_TESTS_COMPILER_CODEGEN_INTERPRETER_H_
