#include "compiler/runtime/portable/elements.h"

void diapason_non_zero(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  (void)workspace, (void)scratch;
  const diapason_portable_call* call = arguments[0];
  const diapason_portable_tensor* x = &call->tensors[0];
  if (begin == end) return;
  const int64_t elements = count_elements(x);
  int64_t *result = arguments[2], *positions = result + 1, count = 0;
  for (int64_t i = 0; i < elements; ++i) {
    if (key_of(x->type, arguments[1], i) == 0) continue;
    int64_t rest = i;
    for (int64_t d = x->rank; d-- > 0; rest /= x->shape[d])
      positions[d * elements + count] = rest % x->shape[d];
    ++count;
  }
  result[0] = count;
  for (int64_t d = 0; d < x->rank; ++d) {
    for (int64_t i = count; i < elements; ++i) positions[d * elements + i] = 0;
  }
}
