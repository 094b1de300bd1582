#include "compiler/runtime/portable/elements.h"

/* A heap keeps the k best elements so far, with the worst of them on top. So keys and indices are stored
 * complemented, which reverses the order of a heap. */
void diapason_top_k(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  (void)workspace;
  const diapason_portable_call* call = arguments[0];
  const diapason_portable_tensor *x = &call->tensors[0], *result = &call->tensors[1];
  const int64_t axis = call->integers[0], flip = call->integers[1] != 0 ? -1 : 0;
  const int64_t extent = x->shape[axis], k = result->shape[axis], inner = product(x, axis + 1, x->rank);
  diapason_candidate* heap = scratch;
  int64_t* positions = arguments[2];
  for (int64_t row = begin; row < end; ++row) {
    const int64_t outer = row / inner, within = row % inner;
    const int64_t first = outer * extent * inner + within;
    for (int64_t i = 0; i < extent; ++i) {
      const diapason_candidate next = {key_of(x->type, arguments[1], first + i * inner) ^ flip, ~i};
      if (i < k) {
        heap[i] = next;
        if (i == k - 1) make_heap(heap, k);
      } else if (is_before(heap[0], next)) {
        heap[0] = next;
        sift_down(heap, k, 0);
      }
    }
    for (int64_t i = k; i-- > 0;) { /* the worst one that is left comes last */
      positions[(outer * k + i) * inner + within] = ~heap[0].index;
      heap[0] = heap[i];
      sift_down(heap, i, 0);
    }
  }
}
