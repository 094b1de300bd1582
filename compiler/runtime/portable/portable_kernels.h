/* Portable kernels: operators that are not linear algebra, such as TopK, as C functions.
 *
 * They are a part of the model run-time's archive, so a compiled model contains those that it calls and no
 * others. The compiler calls the same functions to compute such an operator on constants.
 *
 * A portable kernel has the form of a stage's body (kernel_abi.h). Its first argument is no tensor, but a
 * diapason_portable_call, which describes the others: the operands, and then the result. All of these are
 * dense and row-major, and the result overlaps no operand. Kernels allocate nothing and cannot fail: what is
 * said below about indices that are out of range keeps every access inside of the tensors.
 *
 * If the size of a result is known only when the kernel has run, its first element is the number of entries,
 * and room for as many entries as there may be lies behind it. Entries that do not exist are zero.
 */
#ifndef DIAPASON_COMPILER_RUNTIME_PORTABLE_PORTABLE_KERNELS_H_
#define DIAPASON_COMPILER_RUNTIME_PORTABLE_PORTABLE_KERNELS_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits of a description. */
enum {
  DIAPASON_PORTABLE_MAX_RANK = 12,
  DIAPASON_PORTABLE_MAX_TENSORS = 6,
  DIAPASON_PORTABLE_MAX_INTEGERS = 4
};

/* The element types. A bool is a byte; any byte but 0 means true. */
enum { DIAPASON_PORTABLE_F32, DIAPASON_PORTABLE_I32, DIAPASON_PORTABLE_I64, DIAPASON_PORTABLE_BOOL };

/* How a scatter combines an element with an update. */
enum {
  DIAPASON_SCATTER_NONE,
  DIAPASON_SCATTER_ADD,
  DIAPASON_SCATTER_MUL,
  DIAPASON_SCATTER_MIN,
  DIAPASON_SCATTER_MAX
};

/* The type and the shape of an operand or of the result. */
typedef struct diapason_portable_tensor {
  int64_t type;                              /* one of the values above */
  int64_t rank;                              /* number of dimensions */
  int64_t shape[DIAPASON_PORTABLE_MAX_RANK]; /* `rank` sizes, outermost first */
} diapason_portable_tensor;

/* The first argument of a portable kernel: everything that is known when the model is compiled. */
typedef struct diapason_portable_call {
  int64_t integers[DIAPASON_PORTABLE_MAX_INTEGERS]; /* attributes; each kernel says what they are */
  double number;                                    /* an attribute */
  diapason_portable_tensor tensors[DIAPASON_PORTABLE_MAX_TENSORS]; /* the operands, then the result */
} diapason_portable_call;

/* An element on the way to its place in an order. TopK and NonMaxSuppression need memory for these. */
typedef struct diapason_candidate {
  int64_t key;
  int64_t index;
} diapason_candidate;

/* The kernels. After each name are its operands, its result, its integers and its unit of work.
 * top_k(x): int64 positions of the largest elements along an axis, or of the smallest ones, the best one
 * first. Of equal elements the one with the lower position is first. NaN counts as larger than every
 * number. The result has x's shape, but k entries along the axis. {axis, whether the largest are
 * wanted}. A unit is one row along the axis. Needs scratch for k candidates. */
void diapason_top_k(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end);

/* scatter_elements(data, indices, updates): a copy of the data in which element `indices[i]` along the
 * axis is combined with update i, in the order of the updates. An index below 0 counts from the end. An
 * update whose index is out of range is left out. {axis, how to combine}. One unit. */
void diapason_scatter_elements(void* const* arguments, void* workspace, void* scratch, int64_t begin,
                               int64_t end);

/* scatter_nd(data, indices, updates): the same, but the last dimension of the indices names a place in the
 * leading dimensions of the data, and an update is a slice of the data. {how to combine}. One unit. */
void diapason_scatter_nd(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end);

/* join(a, b, size): along the axis the first `size` entries of a, then all entries of b, and then zeros.
 * `size` is an int64, and is brought into the range of the axis. The result has as many entries as both
 * together. {axis}. A unit is one row of the dimensions before the axis. */
void diapason_join(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end);

/* non_zero(x): 1 + rank * elements numbers: how many elements are not zero, and then, for each dimension in
 * turn, their positions along it, in row-major order of the elements. One unit. */
void diapason_non_zero(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end);

/* non_max_suppression(boxes, scores, most, iou_threshold, score_threshold): 1 + 3 * entries numbers: how
 * many boxes are selected, and then the batch, the class and the box of each. {whether boxes are given
 * by their centres, whether there is a score threshold}. One unit. Needs a workspace for one candidate
 * for each box. */
void diapason_non_max_suppression(void* const* arguments, void* workspace, void* scratch, int64_t begin,
                                  int64_t end);

/* roi_align(x, rois, batch_indices): pooled regions of interest, of shape [rois, channels, height, width].
 * A batch index that is out of range means the nearest batch. {whether the maximum is wanted, not the mean;
 * samples in a bin along each dimension, or 0 for as many as pixels; whether pixels have their centres at
 * halves}; the number is the scale from coordinates to pixels. A unit is one region. */
void diapason_roi_align(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end);

/* unique(x): 1 + 3 * n numbers: how many of the n slices of x along the axis differ, and then three
 * lists of n numbers: where each different slice occurs first, which of them each slice of x is, and how
 * often each occurs. They are in the order of their elements if this is wanted, and otherwise in that of
 * their first occurrence. NaN equals NaN, and is larger than every number. {axis, whether to sort}. One
 * unit. Needs a workspace for 2 * n int64. */
void diapason_unique(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end);

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_COMPILER_RUNTIME_PORTABLE_PORTABLE_KERNELS_H_ */
