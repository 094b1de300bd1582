#include "compiler/runtime/portable/elements.h"

typedef struct rectangle {
  float low_y, low_x, high_y, high_x;
} rectangle;

static rectangle rectangle_of(const float* box, int by_centre) {
  if (by_centre) { /* x and y of the centre, width, height */
    const float half_width = box[2] / 2, half_height = box[3] / 2;
    return (rectangle){box[1] - half_height, box[0] - half_width, box[1] + half_height, box[0] + half_width};
  }
  rectangle r = {box[0], box[1], box[2], box[3]}; /* two opposite corners */
  if (r.low_y > r.high_y) r.low_y = box[2], r.high_y = box[0];
  if (r.low_x > r.high_x) r.low_x = box[3], r.high_x = box[1];
  return r;
}

static float area(rectangle r) { return (r.high_y - r.low_y) * (r.high_x - r.low_x); }

/* Whether the area that the boxes share is more than the threshold of the area that they cover. */
static int overlap(rectangle a, rectangle b, float threshold) {
  const rectangle both = {a.low_y > b.low_y ? a.low_y : b.low_y, a.low_x > b.low_x ? a.low_x : b.low_x,
                          a.high_y < b.high_y ? a.high_y : b.high_y,
                          a.high_x < b.high_x ? a.high_x : b.high_x};
  if (both.high_y <= both.low_y || both.high_x <= both.low_x) return 0;
  const float shared = area(both), covered = area(a) + area(b) - shared;
  return area(a) > 0 && area(b) > 0 && covered > 0 && shared / covered > threshold;
}

void diapason_non_max_suppression(void* const* arguments, void* workspace, void* scratch, int64_t begin,
                                  int64_t end) {
  (void)scratch;
  const diapason_portable_call* call = arguments[0];
  const float *boxes = arguments[1], *scores = arguments[2];
  const int64_t batches = call->tensors[1].shape[0], classes = call->tensors[1].shape[1],
                num_boxes = call->tensors[1].shape[2];
  const int64_t most = *(const int64_t*)arguments[3];
  const float iou_threshold = *(const float*)arguments[4], score_threshold = *(const float*)arguments[5];
  const int by_centre = call->integers[0] != 0, has_threshold = call->integers[1] != 0;
  diapason_candidate* heap = workspace;
  int64_t *result = arguments[6], count = 0;
  const int64_t room = (count_elements(&call->tensors[5]) - 1) / 3;
  if (begin == end) return;
  for (int64_t group = 0; group < batches * classes; ++group) {
    const float* box = boxes + group / classes * num_boxes * 4;
    const float* score = scores + group * num_boxes;
    int64_t candidates = 0;
    for (int64_t i = 0; i < num_boxes; ++i) {
      if (has_threshold && !(score[i] > score_threshold)) continue;
      heap[candidates++] = (diapason_candidate){key_of_float(score[i]), i};
    }
    make_heap(heap, candidates);
    const int64_t first = count;
    while (candidates > 0 && count - first < most && count < room) {
      const int64_t best = heap[0].index;
      heap[0] = heap[--candidates];
      sift_down(heap, candidates, 0);
      const rectangle candidate = rectangle_of(box + best * 4, by_centre);
      int is_free = 1;
      for (int64_t s = first; s < count && is_free; ++s) {
        const rectangle selected = rectangle_of(box + result[1 + s * 3 + 2] * 4, by_centre);
        is_free = !overlap(candidate, selected, iou_threshold);
      }
      if (!is_free) continue;
      result[1 + count * 3] = group / classes;
      result[1 + count * 3 + 1] = group % classes;
      result[1 + count * 3 + 2] = best;
      ++count;
    }
  }
  result[0] = count;
  for (int64_t i = count * 3; i < room * 3; ++i) result[1 + i] = 0;
}
