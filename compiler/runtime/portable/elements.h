/* What the portable kernels share: reading elements of any type, and an order of them. Only the sources of
 * this folder include it. */
#ifndef DIAPASON_COMPILER_RUNTIME_PORTABLE_ELEMENTS_H_
#define DIAPASON_COMPILER_RUNTIME_PORTABLE_ELEMENTS_H_

#include "compiler/runtime/portable/portable_kernels.h"

/* Returns the product of the sizes of the dimensions `from` <= d < `to`. */
static inline int64_t product(const diapason_portable_tensor* tensor, int64_t from, int64_t to) {
  int64_t count = 1;
  for (int64_t d = from; d < to; ++d) count *= tensor->shape[d];
  return count;
}

static inline int64_t count_elements(const diapason_portable_tensor* tensor) {
  return product(tensor, 0, tensor->rank);
}

static inline int64_t element_bytes(int64_t type) {
  return type == DIAPASON_PORTABLE_BOOL ? 1 : type == DIAPASON_PORTABLE_I64 ? 8 : 4;
}

/* Returns a number that is larger for a larger float. NaN counts as the largest, and -0 equals 0. */
static inline int64_t key_of_float(float value) {
  union {
    float number;
    int32_t bits;
  } cell = {value};
  if (value != value) return INT64_MAX;
  if (value == 0) return 0;
  return cell.bits < 0 ? -(int64_t)(cell.bits & INT32_MAX) : cell.bits;
}

/* Returns a number that is larger for a larger element, and equal for equal ones. */
static inline int64_t key_of(int64_t type, const void* data, int64_t i) {
  switch (type) {
    case DIAPASON_PORTABLE_F32:
      return key_of_float(((const float*)data)[i]);
    case DIAPASON_PORTABLE_I32:
      return ((const int32_t*)data)[i];
    case DIAPASON_PORTABLE_I64:
      return ((const int64_t*)data)[i];
    default:
      return ((const uint8_t*)data)[i] != 0;
  }
}

/* Returns index `i` of a list of int32 or int64, counted from the start of a dimension of `extent` elements.
 * Returns -1 if it is out of range. */
static inline int64_t index_from_start(int64_t type, const void* data, int64_t i, int64_t extent) {
  int64_t index = key_of(type, data, i);
  if (index < 0) index += extent;
  return index < 0 || index >= extent ? -1 : index;
}

/* Candidates are in a heap: the first one in the order is on top. The order is by falling keys, and by rising
 * indices among equal keys. */
static inline int is_before(diapason_candidate a, diapason_candidate b) {
  return a.key > b.key || (a.key == b.key && a.index < b.index);
}

/* Moves the candidate at `at` down until the heap of `count` candidates is in order below it. */
static inline void sift_down(diapason_candidate* heap, int64_t count, int64_t at) {
  const diapason_candidate moved = heap[at];
  for (int64_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
    if (child + 1 < count && is_before(heap[child + 1], heap[child])) ++child;
    if (!is_before(heap[child], moved)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = moved;
}

static inline void make_heap(diapason_candidate* heap, int64_t count) {
  for (int64_t i = count / 2; i-- > 0;) sift_down(heap, count, i);
}

#endif /* DIAPASON_COMPILER_RUNTIME_PORTABLE_ELEMENTS_H_ */
