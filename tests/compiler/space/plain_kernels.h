// What the workloads of workloads.h compute, as plain loops in double precision over dense row-major arrays:
// written from the operator's definition, not from the workload's text.
#ifndef DIAPASON_TESTS_COMPILER_SPACE_PLAIN_KERNELS_H_
#define DIAPASON_TESTS_COMPILER_SPACE_PLAIN_KERNELS_H_

#include <vector>

#include "tests/testing/workloads.h"

namespace diapason::testing {

using Array = std::vector<double>;

// `arguments` in the workload's order; the last is the output's old contents. Returns the output.
Array PlainConv(const Conv& conv, const std::vector<Array>& arguments);
Array PlainDepthwise(const Conv& conv, const std::vector<Array>& arguments);
Array PlainPool(const Pool& pool, const std::vector<Array>& arguments);
Array PlainGemm(const Gemm& gemm, const std::vector<Array>& arguments);
Array PlainBatchGemm(const BatchGemm& gemm, const std::vector<Array>& arguments);
Array PlainSoftmax(const Rows& rows, const std::vector<Array>& arguments);
Array PlainLayerNorm(const Rows& rows, const std::vector<Array>& arguments);

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_COMPILER_SPACE_PLAIN_KERNELS_H_
