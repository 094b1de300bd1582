#include "compiler/runtime/portable/elements.h"
#include "compiler/runtime/system.h"

void diapason_join(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  (void)workspace, (void)scratch;
  const diapason_portable_call* call = arguments[0];
  const diapason_portable_tensor *a = &call->tensors[0], *b = &call->tensors[1];
  const int64_t axis = call->integers[0], size = *(const int64_t*)arguments[3];
  const int64_t room = a->shape[axis], kept = size < 0 ? 0 : size > room ? room : size;
  const size_t entry = (size_t)(product(a, axis + 1, a->rank) * element_bytes(a->type));
  const size_t a_bytes = (size_t)room * entry, b_bytes = (size_t)b->shape[axis] * entry;
  for (int64_t o = begin; o < end; ++o) {
    char* result = (char*)arguments[4] + (size_t)o * (a_bytes + b_bytes);
    memcpy(result, (const char*)arguments[1] + (size_t)o * a_bytes, (size_t)kept * entry);
    memcpy(result + (size_t)kept * entry, (const char*)arguments[2] + (size_t)o * b_bytes, b_bytes);
    memset(result + (size_t)kept * entry + b_bytes, 0, (size_t)(room - kept) * entry);
  }
}
