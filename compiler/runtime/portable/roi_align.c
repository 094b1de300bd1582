#include "compiler/runtime/portable/elements.h"

/* A region has at most this many samples in a bin along a dimension. Real regions have a few. A region
 * that is very much larger than the image would otherwise keep the kernel busy for years. */
static const int64_t kMostSamples = 1 << 16;

/* The neighbours of all samples of a region along a dimension are kept in a table if there are at most this
 * many, because they are the same for all channels. */
enum { kMostInTable = 256 };

/* One dimension of a region. */
typedef struct span {
  float start, bin; /* where the region starts, and the size of a bin */
  int64_t samples;  /* in each bin */
} span;

/* The two pixels beside a coordinate, and the weight of the second one. */
typedef struct neighbours {
  int64_t low, high;
  float weight;
  int is_inside; /* whether the coordinate is in the image, or at most one pixel outside */
} neighbours;

static span span_of(float from, float to, int64_t bins, const diapason_portable_call* call) {
  const float scale = (float)call->number, offset = call->integers[2] != 0 ? 0.5f : 0;
  span s = {from * scale - offset, 0, call->integers[1]};
  float size = (to * scale - offset) - s.start;
  if (call->integers[2] == 0 && size < 1) size = 1;
  s.bin = size / (float)bins;
  if (s.samples > 0) return s;
  if (!(s.bin < (float)kMostSamples)) {
    s.samples = kMostSamples;
  } else if (s.bin > 0) {
    s.samples = (int64_t)s.bin;
    s.samples += (float)s.samples < s.bin;
  }
  return s;
}

static neighbours neighbours_of(const span* s, int64_t bin, int64_t sample, int64_t extent) {
  float at = s->start + (float)bin * s->bin + ((float)sample + 0.5f) * s->bin / (float)s->samples;
  neighbours n = {0, 0, 0, at >= -1 && at <= (float)extent};
  if (!n.is_inside) return n;
  if (at < 0) at = 0;
  n.low = (int64_t)at;
  if (n.low >= extent - 1) {
    n.low = n.high = extent - 1;
    return n;
  }
  n.high = n.low + 1;
  n.weight = at - (float)n.low;
  return n;
}

/* Fills the table of a dimension with `bins` bins. Returns null if there are too many samples for it. */
static const neighbours* table_of(const span* s, int64_t bins, int64_t extent, neighbours* table) {
  if (s->samples <= 0 || bins > kMostInTable / s->samples) return 0;
  for (int64_t bin = 0; bin < bins; ++bin) {
    for (int64_t k = 0; k < s->samples; ++k) table[bin * s->samples + k] = neighbours_of(s, bin, k, extent);
  }
  return table;
}

/* Returns the neighbours from the table or, if it is null, computes them. */
static neighbours look_up(const neighbours* table, const span* s, int64_t bin, int64_t sample,
                          int64_t extent) {
  return table != 0 ? table[bin * s->samples + sample] : neighbours_of(s, bin, sample, extent);
}

/* One dimension of a region, its neighbours, and the bin that is computed. */
typedef struct place {
  const span* along;
  const neighbours* table;
  int64_t bin;
} place;

/* Returns the mean of a bin's samples, or the largest product of a pixel beside a sample with its weight. */
static float pool(const float* image, const diapason_portable_call* call, const place* at_y,
                  const place* at_x) {
  const span *y = at_y->along, *x = at_x->along;
  const int64_t height = call->tensors[0].shape[2], width = call->tensors[0].shape[3];
  const int is_max = call->integers[0] != 0;
  float sum = 0, most = 0;
  int is_first = 1;
  for (int64_t i = 0; i < y->samples; ++i) {
    const neighbours row = look_up(at_y->table, y, at_y->bin, i, height);
    if (!row.is_inside) {
      if (x->samples > 0 && (is_first || most < 0)) most = 0;
      is_first &= x->samples == 0;
      continue;
    }
    for (int64_t j = 0; j < x->samples; ++j) {
      const neighbours column = look_up(at_x->table, x, at_x->bin, j, width);
      float products[4] = {0, 0, 0, 0};
      if (column.is_inside) {
        const float *upper = image + row.low * width, *lower = image + row.high * width;
        products[0] = (1 - row.weight) * (1 - column.weight) * upper[column.low];
        products[1] = (1 - row.weight) * column.weight * upper[column.high];
        products[2] = row.weight * (1 - column.weight) * lower[column.low];
        products[3] = row.weight * column.weight * lower[column.high];
      }
      if (!is_max) {
        sum += products[0] + products[1] + products[2] + products[3];
        continue;
      }
      for (int k = 0; k < 4; ++k) {
        if (is_first || products[k] > most) most = products[k];
        is_first = 0;
      }
    }
  }
  const int64_t samples = y->samples * x->samples;
  return is_max ? most : sum / (float)(samples > 0 ? samples : 1);
}

void diapason_roi_align(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  (void)workspace, (void)scratch;
  const diapason_portable_call* call = arguments[0];
  const diapason_portable_tensor *image = &call->tensors[0], *indices = &call->tensors[2],
                                 *result = &call->tensors[3];
  const int64_t batches = image->shape[0], channels = image->shape[1], height = result->shape[2],
                width = result->shape[3], pixels = image->shape[2] * image->shape[3];
  for (int64_t r = begin; r < end; ++r) {
    const float* roi = (const float*)arguments[2] + r * 4;
    const span x = span_of(roi[0], roi[2], width, call), y = span_of(roi[1], roi[3], height, call);
    int64_t batch = key_of(indices->type, arguments[3], r);
    batch = batch < 0 ? 0 : batch >= batches ? batches - 1 : batch;
    float* out = (float*)arguments[4] + r * channels * height * width;
    neighbours rows[kMostInTable], columns[kMostInTable];
    place at_y = {&y, table_of(&y, height, image->shape[2], rows), 0},
          at_x = {&x, table_of(&x, width, image->shape[3], columns), 0};
    for (int64_t c = 0; c < channels; ++c) {
      const float* plane = (const float*)arguments[1] + (batch * channels + c) * pixels;
      for (at_y.bin = 0; at_y.bin < height; ++at_y.bin) {
        for (at_x.bin = 0; at_x.bin < width; ++at_x.bin) *out++ = pool(plane, call, &at_y, &at_x);
      }
    }
  }
}
