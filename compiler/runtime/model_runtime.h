/* Runs a compiled model: a static table that the model compiler writes, and the functions behind the model's
 * C API.
 *
 * C11; needs libc and threads only. Everything is allocated by `create`: one block of memory for packed
 * constants, activations (the arena), workspace and the threads' scratch, on huge pages where the system has
 * them. `run` allocates nothing. An instance may be used by one thread at a time, different instances by
 * different threads.
 */
#ifndef DIAPASON_COMPILER_RUNTIME_MODEL_RUNTIME_H_
#define DIAPASON_COMPILER_RUNTIME_MODEL_RUNTIME_H_

#include <stdint.h>

#include "compiler/runtime/kernel_abi.h"
#include "compiler/runtime/model_api.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DIAPASON_MODEL_TABLE_VERSION 1

/* Where an argument's memory is. */
enum {
  DIAPASON_ARENA = 0,
  DIAPASON_CONSTANT = 1,
  DIAPASON_INPUT = 2,
  DIAPASON_OUTPUT = 3,
  DIAPASON_INPUT_CONSTANT = 4 /* an input that a kernel may pack: a lone kernel's weights are its caller's */
};

typedef struct diapason_model_argument {
  int64_t space;  /* one of the above */
  int64_t index;  /* which constant, input or output; 0 for the arena */
  int64_t offset; /* bytes from its start to the first element */
} diapason_model_argument;

typedef struct diapason_model_call {
  const diapason_kernel* kernel;
  const diapason_model_argument* arguments; /* kernel->num_arguments */
  int64_t num_arguments;
  /* The call whose packed constants this one uses: itself, or an earlier one with the same kernel and the
   * same constants. */
  int64_t packed_by;
} diapason_model_call;

/* `count` runs of `length` bytes, run i at arena offset + i * stride, filled with an element's pattern. */
typedef struct diapason_model_fill {
  int64_t before_call; /* -1: once, by create */
  int64_t offset;
  int64_t length;
  int64_t count;
  int64_t stride;
  int64_t element_bytes; /* 1, 4 or 8 */
  int64_t pattern;       /* the element's bits, in its low bytes */
} diapason_model_fill;

typedef struct diapason_model_table {
  int64_t version; /* DIAPASON_MODEL_TABLE_VERSION */
  const diapason_model_info* info;
  int64_t arena_bytes;
  const void* const* constants;
  const diapason_model_call* calls; /* info->num_calls */
  const diapason_model_fill* fills; /* by ascending before_call */
  int64_t num_fills;
} diapason_model_table;

/* Packs the library's constants and starts threads - 1 threads; 0: as many as the machine has processors. */
int32_t diapason_model_create(const diapason_model_table* table, int32_t threads, diapason_model** model);

/* The caller's tensors: on the CPU, dense, row-major (strides may be null), of the model's types and shapes,
 * not overlapping; one without elements may have no data. Returns when the outputs are written. The same bits
 * for any number of threads. Constants among the inputs are packed by the first run, and again by one that
 * brings them at another address: their bytes must not change. */
int32_t diapason_model_run(diapason_model* model, const DLTensor* inputs, int32_t num_inputs,
                           DLTensor* outputs, int32_t num_outputs);

/* The same, and the wall-clock time of each kernel call, packing left out, in microseconds: info->num_calls
 * values. */
int32_t diapason_model_run_timed(diapason_model* model, const DLTensor* inputs, int32_t num_inputs,
                                 DLTensor* outputs, int32_t num_outputs, double* call_us);

/* Ends the threads and frees everything. Null is fine. */
void diapason_model_destroy(diapason_model* model);

/* What was wrong with the calling thread's last call that did not return DIAPASON_OK. */
const char* diapason_model_last_error(void);

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_COMPILER_RUNTIME_MODEL_RUNTIME_H_ */
