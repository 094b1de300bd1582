// Reads and writes the elements of tensors, of every element type.
#ifndef DIAPASON_COMPILER_GRAPH_ELEMENTS_H_
#define DIAPASON_COMPILER_GRAPH_ELEMENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::graph {

// A number of any element type. For floats the number is `f`, which is a double because a double holds every
// float. For all other types the number is `i`; bool is 0 or 1, and a U64 above the largest I64 wraps around.
struct Scalar {
  double f = 0;
  int64_t i = 0;
};

// Whether the elements are floats of any size.
bool IsFloat(v1::ElementType type);

// Returns the numbers of a dense tensor's bytes.
std::vector<Scalar> ReadElements(v1::ElementType type, absl::string_view bytes);

// Returns the bytes of a dense tensor with these elements, in row-major order. Floats are rounded to the
// nearest number of the type, and integers wrap around.
std::string ToBytes(v1::ElementType type, absl::Span<const Scalar> numbers);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_ELEMENTS_H_
