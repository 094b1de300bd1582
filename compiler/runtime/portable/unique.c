#include "compiler/runtime/portable/elements.h"

/* The slices of a tensor along an axis. */
typedef struct slices {
  const void* data;
  int64_t type, count, outer, inner;
} slices;

/* Returns a negative number if slice `a` comes before slice `b`, 0 if they are equal, and else a positive
 * number. */
static int compare(const slices* s, int64_t a, int64_t b) {
  for (int64_t o = 0; o < s->outer; ++o) {
    for (int64_t i = 0; i < s->inner; ++i) {
      const int64_t x = key_of(s->type, s->data, (o * s->count + a) * s->inner + i),
                    y = key_of(s->type, s->data, (o * s->count + b) * s->inner + i);
      if (x != y) return x < y ? -1 : 1;
    }
  }
  return 0;
}

/* Sorts the numbers of the slices by merging. Equal slices stay in their order. `other` has room for as many
 * numbers. Returns the sorted list, which is one of the two. */
static int64_t* sort(const slices* s, int64_t* order, int64_t* other) {
  for (int64_t i = 0; i < s->count; ++i) order[i] = i;
  for (int64_t width = 1; width < s->count; width *= 2) {
    for (int64_t begin = 0; begin < s->count; begin += 2 * width) {
      const int64_t middle = begin + width < s->count ? begin + width : s->count,
                    end = middle + width < s->count ? middle + width : s->count;
      int64_t left = begin, right = middle;
      for (int64_t to = begin; to < end; ++to) {
        const int takes_left = left < middle && (right >= end || compare(s, order[left], order[right]) <= 0);
        other[to] = takes_left ? order[left++] : order[right++];
      }
    }
    int64_t* sorted = other;
    other = order;
    order = sorted;
  }
  return order;
}

void diapason_unique(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  (void)scratch;
  const diapason_portable_call* call = arguments[0];
  const diapason_portable_tensor* x = &call->tensors[0];
  const int64_t axis = call->integers[0], n = x->shape[axis];
  if (begin == end) return;
  const slices s = {arguments[1], x->type, n, product(x, 0, axis), product(x, axis + 1, x->rank)};
  int64_t *result = arguments[2], *first = result + 1, *which = first + n, *times = which + n, count = 0;
  int64_t *order = workspace, *sorted = sort(&s, order, order + n);
  for (int64_t i = 0; i < 3 * n; ++i) first[i] = 0;
  /* Each slice gets the number of the first one that is equal to it. */
  for (int64_t i = 0; i < n; ++i)
    which[sorted[i]] = i > 0 && compare(&s, sorted[i - 1], sorted[i]) == 0 ? which[sorted[i - 1]] : sorted[i];
  /* Then the different slices are numbered, in the order that is wanted. `order` has the number of each,
   * by its first occurrence; a slice is listed before any equal one. */
  if (call->integers[1] == 0) {
    for (int64_t i = 0; i < n; ++i) sorted[i] = i;
  }
  for (int64_t i = 0; i < n; ++i) {
    if (which[sorted[i]] == sorted[i]) first[count++] = sorted[i];
  }
  for (int64_t i = 0; i < count; ++i) order[first[i]] = i;
  for (int64_t i = 0; i < n; ++i) {
    which[i] = order[which[i]];
    ++times[which[i]];
  }
  result[0] = count;
}
