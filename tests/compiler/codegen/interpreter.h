// Evaluates a workload's text, element by element, in double precision: what a kernel must compute, by other
// means than those that compile it.
#ifndef DIAPASON_TESTS_COMPILER_CODEGEN_INTERPRETER_H_
#define DIAPASON_TESTS_COMPILER_CODEGEN_INTERPRETER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::codegen {

// Of a float tensor `f` counts, of an integer one `i`.
struct Number {
  double f = 0;
  int64_t i = 0;
};

// Dense, row-major.
struct NumberTensor {
  std::vector<int64_t> shape;
  std::vector<Number> elements;
};

// `arguments`: one for each of the function's, destinations included. Returns the function's results.
// Unimplemented: an operation that it does not know, named.
absl::StatusOr<std::vector<NumberTensor>> Interpret(absl::string_view workload_text,
                                                    const std::vector<NumberTensor>& arguments);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_TESTS_COMPILER_CODEGEN_INTERPRETER_H_
