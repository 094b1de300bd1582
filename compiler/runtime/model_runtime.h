/* Runs a compiled model. It consists of a static table, which the model compiler writes, and the
 * functions behind the model's C API.
 *
 * It is C11 and needs only libc and threads. `create` allocates everything: one block of memory for
 * packed constants, activations (the arena), workspace and the threads' scratch, on huge pages if the
 * system has them. `run` allocates nothing. One thread may use an instance at a time; different threads
 * may use different instances at the same time.
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

/* Where the memory of an argument is. */
enum {
  DIAPASON_ARENA = 0,
  DIAPASON_CONSTANT = 1,
  DIAPASON_INPUT = 2,
  DIAPASON_OUTPUT = 3,
  /* An input that a kernel may pack. If a workload is compiled on its own, its constants are inputs. */
  DIAPASON_INPUT_CONSTANT = 4
};

typedef struct diapason_model_argument {
  int64_t space;  /* one of the values above */
  int64_t index;  /* which constant, input or output; 0 for the arena */
  int64_t offset; /* bytes from the start to the first element */
} diapason_model_argument;

typedef struct diapason_model_call {
  const diapason_kernel* kernel;
  const diapason_model_argument* arguments; /* kernel->num_arguments */
  int64_t num_arguments;
  /* The call whose packed constants this one uses: itself, or an earlier call with the same kernel and
   * the same constants. */
  int64_t packed_by;
} diapason_model_call;

/* Fills `count` runs of `length` bytes with the pattern of an element. Run i begins at arena offset + i
 * * stride. */
typedef struct diapason_model_fill {
  int64_t before_call; /* -1 means once, in create */
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
  const diapason_model_fill* fills; /* num_fills, by ascending before_call */
  int64_t num_fills;
} diapason_model_table;

/* Makes an instance with `threads` threads, including the caller's, and packs the library's constants. 0
 * means as many threads as the machine has processors. */
int32_t diapason_model_create(const diapason_model_table* table, int32_t threads, diapason_model** model);

/* Computes the outputs and returns when they are written. The caller's tensors must be on the CPU, dense
 * and row-major (strides may be null), must have the model's types and shapes, and must not overlap. A
 * tensor without elements may have no data. The result has the same bits for any number of threads. If
 * there are constants among the inputs, the first run packs them. A later run packs them again only if
 * they are at another address, so their bytes must not change as long as they stay at one address. */
int32_t diapason_model_run(diapason_model* model, const DLTensor* inputs, int32_t num_inputs,
                           DLTensor* outputs, int32_t num_outputs);

/* Does the same, and stores the wall-clock time of each kernel call, without packing, in microseconds:
 * info->num_calls values. */
int32_t diapason_model_run_timed(diapason_model* model, const DLTensor* inputs, int32_t num_inputs,
                                 DLTensor* outputs, int32_t num_outputs, double* call_us);

/* Ends the threads and frees everything. `model` may be null. */
void diapason_model_destroy(diapason_model* model);

/* Describes the error of the calling thread's last call that did not return DIAPASON_OK. */
const char* diapason_model_last_error(void);

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_COMPILER_RUNTIME_MODEL_RUNTIME_H_ */
