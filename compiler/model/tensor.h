// A tensor as the command line handles it: dense, row-major, with its bytes.
#ifndef DIAPASON_COMPILER_MODEL_TENSOR_H_
#define DIAPASON_COMPILER_MODEL_TENSOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::model {

struct Tensor {
  std::string name;
  v1::ElementType element_type = v1::ELEMENT_TYPE_F32;
  std::vector<int64_t> shape;
  std::string bytes;
};

int64_t NumElements(const std::vector<int64_t>& shape);

// Floats in [-1, 1), integers and booleans 0 or 1 (which are good indices of anything). The same for the same
// seed.
Tensor RandomTensor(const std::string& name, v1::ElementType type, const std::vector<int64_t>& shape,
                    uint64_t seed);

// How near an output is to what was expected.
struct Comparison {
  bool matches = false;
  double max_error = 0;           // max |a - b|; infinite where one is no finite number and the other another
  double max_relative_error = 0;  // the same over max |b|
  double cosine = 0;              // of the angle between them
};

// Floats match where |a - b| <= 1e-3 max|b| + 1e-3 |b| for every element and cosine >= 0.9999; others where
// they are equal. NaN matches NaN, and an infinity itself, where they are expected. InvalidArgument: other
// type or shape.
absl::StatusOr<Comparison> CompareTensors(const Tensor& actual, const Tensor& expected);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_TENSOR_H_
