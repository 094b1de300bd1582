// Computes the workloads of workloads.h with plain loops in double precision on dense row-major arrays.
// They are written from the operators' definitions, not from the workloads' texts.
#ifndef DIAPASON_TESTS_COMPILER_SPACE_PLAIN_KERNELS_H_
#define DIAPASON_TESTS_COMPILER_SPACE_PLAIN_KERNELS_H_

#include <vector>

#include "tests/testing/workloads.h"

namespace diapason::testing {

using Array = std::vector<double>;

// Each function returns the output. `arguments` are in the workload's order; the last is the output's old
// contents.
Array PlainConv(const Conv& conv, const std::vector<Array>& arguments);
Array PlainDepthwise(const Conv& conv, const std::vector<Array>& arguments);
Array PlainPool(const Pool& pool, const std::vector<Array>& arguments);
Array PlainGemm(const Gemm& gemm, const std::vector<Array>& arguments);
Array PlainBatchGemm(const BatchGemm& gemm, const std::vector<Array>& arguments);
Array PlainAttention(const Attention& attention, const std::vector<Array>& arguments);
Array PlainSoftmax(const Rows& rows, const std::vector<Array>& arguments);
Array PlainLayerNorm(const Rows& rows, const std::vector<Array>& arguments);

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_COMPILER_SPACE_PLAIN_KERNELS_H_
