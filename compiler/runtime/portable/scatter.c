#include "compiler/runtime/portable/elements.h"
#include "compiler/runtime/system.h"

static float combine_floats(int64_t how, float a, float b) {
  switch (how) {
    case DIAPASON_SCATTER_ADD:
      return a + b;
    case DIAPASON_SCATTER_MUL:
      return a * b;
    case DIAPASON_SCATTER_MIN: /* NaN wins, as for the operators Min and Max */
      return a != a || a < b ? a : b;
    case DIAPASON_SCATTER_MAX:
      return a != a || a > b ? a : b;
    default:
      return b;
  }
}

/* Sums and products wrap around. */
static int64_t combine_integers(int64_t how, int64_t a, int64_t b) {
  switch (how) {
    case DIAPASON_SCATTER_ADD:
      return (int64_t)((uint64_t)a + (uint64_t)b);
    case DIAPASON_SCATTER_MUL:
      return (int64_t)((uint64_t)a * (uint64_t)b);
    case DIAPASON_SCATTER_MIN:
      return a < b ? a : b;
    case DIAPASON_SCATTER_MAX:
      return a > b ? a : b;
    default:
      return b;
  }
}

/* Combines `count` elements of the result, from number `to` on, with the updates from number `from` on. */
static void combine(int64_t type, int64_t how, void* result, int64_t to, const void* updates, int64_t from,
                    int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    switch (type) {
      case DIAPASON_PORTABLE_F32: {
        float* element = (float*)result + to + i;
        *element = combine_floats(how, *element, ((const float*)updates)[from + i]);
        break;
      }
      case DIAPASON_PORTABLE_I32: {
        int32_t* element = (int32_t*)result + to + i;
        *element = (int32_t)combine_integers(how, *element, ((const int32_t*)updates)[from + i]);
        break;
      }
      case DIAPASON_PORTABLE_I64: {
        int64_t* element = (int64_t*)result + to + i;
        *element = combine_integers(how, *element, ((const int64_t*)updates)[from + i]);
        break;
      }
      default: { /* a sum of bools is true if one of them is */
        uint8_t* element = (uint8_t*)result + to + i;
        *element = combine_integers(how, *element != 0, ((const uint8_t*)updates)[from + i] != 0) != 0;
        break;
      }
    }
  }
}

static void copy_data(const diapason_portable_call* call, void* const* arguments) {
  const diapason_portable_tensor* data = &call->tensors[0];
  memcpy(arguments[4], arguments[1], (size_t)(count_elements(data) * element_bytes(data->type)));
}

void diapason_scatter_elements(void* const* arguments, void* workspace, void* scratch, int64_t begin,
                               int64_t end) {
  (void)workspace, (void)scratch;
  const diapason_portable_call* call = arguments[0];
  const diapason_portable_tensor *data = &call->tensors[0], *indices = &call->tensors[1];
  const int64_t axis = call->integers[0];
  if (begin == end) return;
  copy_data(call, arguments);
  const int64_t count = count_elements(indices);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t at = index_from_start(indices->type, arguments[2], i, data->shape[axis]);
    if (at < 0) continue;
    int64_t place = 0, stride = 1, rest = i;
    for (int64_t d = data->rank; d-- > 0;) {
      const int64_t position = rest % indices->shape[d];
      place += (d == axis ? at : position) * stride;
      stride *= data->shape[d];
      rest /= indices->shape[d];
    }
    combine(data->type, call->integers[1], arguments[4], place, arguments[3], i, 1);
  }
}

void diapason_scatter_nd(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  (void)workspace, (void)scratch;
  const diapason_portable_call* call = arguments[0];
  const diapason_portable_tensor *data = &call->tensors[0], *indices = &call->tensors[1];
  if (begin == end) return;
  copy_data(call, arguments);
  const int64_t named = indices->shape[indices->rank - 1], slice = product(data, named, data->rank);
  const int64_t count = product(indices, 0, indices->rank - 1);
  for (int64_t i = 0; i < count; ++i) {
    int64_t place = 0;
    for (int64_t d = 0; d < named && place >= 0; ++d) {
      const int64_t at = index_from_start(indices->type, arguments[2], i * named + d, data->shape[d]);
      place = at < 0 ? -1 : place * data->shape[d] + at;
    }
    if (place < 0) continue;
    combine(data->type, call->integers[0], arguments[4], place * slice, arguments[3], i * slice, slice);
  }
}
