// The parts that the texts of workloads are made of. Only the files that implement workloads.h include this.
#ifndef DIAPASON_TESTS_TESTING_WORKLOAD_PARTS_H_
#define DIAPASON_TESTS_TESTING_WORKLOAD_PARTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/testing/workloads.h"

namespace diapason::testing {

using Shape = std::vector<int64_t>;

// Returns a type such as "tensor<2x3xf32>".
std::string Tensor(const Shape& shape, absl::string_view element = "f32");

// `dims`, for example "n, h, w", names the loops. `results` are the indices, for example "h, w".
std::string Map(absl::string_view dims, absl::string_view results);

// Returns the attribute of an argument that is zero in `padding` elements at both ends of each dimension.
std::string ZeroBorder(const Shape& padding);

struct Operand {
  std::string value;
  std::string map;
  std::string type;
};

// Returns one linalg.generic with one result. `iterators` has one letter for each loop, p(arallel) or
// r(eduction). The body sees the inputs as %i0, %i1, ... and the destination's old value as %o.
std::string Generic(absl::string_view result, absl::string_view iterators, const std::vector<Operand>& inputs,
                    const Operand& output, absl::string_view body, absl::string_view element = "f32");

std::string Yield(absl::string_view value, absl::string_view element = "f32");

// Bodies: a sum of products, and the first input.
inline constexpr absl::string_view kMultiplyAdd =
    "      %m = arith.mulf %i0, %i1 fastmath<contract> : f32\n"
    "      %s = arith.addf %o, %m fastmath<contract> : f32\n"
    "      linalg.yield %s : f32\n";
inline constexpr absl::string_view kIdentityBody = "      linalg.yield %i0 : f32\n";
std::string EpilogueBody(Epilogue epilogue);

// Returns the function with arguments of these types, which returns %out.
std::string Function(const std::vector<std::string>& arguments, const std::string& result,
                     absl::string_view body);

std::string Constant(absl::string_view name, absl::string_view value);
std::string Empty(absl::string_view name, const std::string& type);

// Fills an accumulator with one value, or with a bias along the last of `dims`.
std::string Fill(absl::string_view name, absl::string_view start, const std::string& type,
                 absl::string_view dims, absl::string_view iterators);
std::string StartFromBias(const std::string& bias_type, const std::string& type, absl::string_view dims,
                          absl::string_view bias_dim, absl::string_view iterators);

// Returns an index, for example "h * 2 + kh".
std::string Strided(absl::string_view dim, int64_t stride, absl::string_view window);

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_TESTING_WORKLOAD_PARTS_H_
