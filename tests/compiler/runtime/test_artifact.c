/* Kernels that are written by hand: y[i] = x[i] * w[0] in two stages, where prepare doubles w, and
 * descriptions that are not valid. */
#include <stddef.h>

#include "compiler/runtime/kernel_abi.h"

enum { kElements = 100 };

static void prepare(void* const* arguments, void* workspace) {
  float* twice = workspace;
  twice[0] = 2 * *(const float*)arguments[1];
  *(float*)arguments[3] = twice[0];
}

static void multiply(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  const float* x = arguments[0];
  const float* packed = arguments[3];
  float* shared = workspace;
  for (int64_t i = begin; i < end; ++i) {
    *(float*)scratch = x[i] * packed[0];
    shared[i] = *(float*)scratch;
  }
}

static void copy(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  (void)scratch;
  for (int64_t i = begin; i < end; ++i) ((float*)arguments[2])[i] = ((float*)workspace)[kElements - 1 - i];
}

static const int64_t packed_bytes[] = {sizeof(float)};
static const diapason_stage stages[] = {{multiply, kElements}, {copy, kElements}};

const diapason_kernel diapason_kernel_symbol __asm__("diapason_kernel") = {DIAPASON_KERNEL_ABI_VERSION,
                                                                           3,
                                                                           1,
                                                                           2,
                                                                           kElements * sizeof(float),
                                                                           sizeof(float),
                                                                           packed_bytes,
                                                                           stages,
                                                                           prepare};
const diapason_kernel future_version = {DIAPASON_KERNEL_ABI_VERSION + 1, 3, 0, 2, 0, 0, NULL, stages, NULL};
const diapason_kernel no_stages = {DIAPASON_KERNEL_ABI_VERSION, 3, 0, 0, 0, 0, NULL, stages, NULL};
const diapason_kernel no_prepare = {DIAPASON_KERNEL_ABI_VERSION, 3, 1, 2, 0, 0, packed_bytes, stages, NULL};
const diapason_kernel negative_size = {DIAPASON_KERNEL_ABI_VERSION, 3, 0, 2, -1, 0, NULL, stages, NULL};
