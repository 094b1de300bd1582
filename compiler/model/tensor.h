// A tensor as the command line uses it: dense, row-major, with its bytes.
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

// Returns the number of elements, which is 1 for a scalar.
int64_t NumElements(const std::vector<int64_t>& shape);

// Returns a tensor of random floats in [-1, 1), or of integers and booleans that are 0 or 1, which are
// valid indices of almost any tensor. The same seed gives the same tensor everywhere.
Tensor RandomTensor(const std::string& name, v1::ElementType type, const std::vector<int64_t>& shape,
                    uint64_t seed);

// How close an output is to the expected one.
struct Comparison {
  bool matches = false;
  // max |a - b|. It is infinite if one element is NaN or infinite and the other one is not the same.
  double max_error = 0;
  double max_relative_error = 0;  // max_error / max |b|
  double cosine = 0;              // the cosine of the angle between the two as vectors
};

// Compares two tensors. Floats match if |a - b| <= 1e-3 max|b| + 1e-3 |b| for every element and cosine
// >= 0.9999. Other types match if they are equal. NaN matches NaN, and an infinity matches the same
// infinity. Returns InvalidArgument if the types or shapes differ.
absl::StatusOr<Comparison> CompareTensors(const Tensor& actual, const Tensor& expected);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_TENSOR_H_
