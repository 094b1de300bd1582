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

/* The version of diapason_model_table. diapason_model_create refuses a table of another version. */
#define DIAPASON_MODEL_TABLE_VERSION 2

/* Where the memory of an argument is. */
enum {
  DIAPASON_ARENA = 0,    /* the instance's memory for activations */
  DIAPASON_CONSTANT = 1, /* a constant in the library */
  DIAPASON_INPUT = 2,    /* an input tensor of the caller */
  DIAPASON_OUTPUT = 3,   /* an output tensor of the caller */
  /* An input that a kernel may pack. If a workload is compiled on its own, its constants are inputs. */
  DIAPASON_INPUT_CONSTANT = 4,
  DIAPASON_SIZE = 5 /* a size that is known only after a run; the instance keeps it */
};

/* The address of an argument of a call, which is known only when the model runs. */
typedef struct diapason_model_argument {
  int64_t space;  /* one of the values above */
  int64_t index;  /* which constant, input, output or size; 0 for the arena */
  int64_t offset; /* bytes from the start to the first element */
} diapason_model_argument;

/* One call of a kernel. */
typedef struct diapason_model_call {
  const diapason_kernel* kernel;            /* a kernel of the library */
  const diapason_model_argument* arguments; /* num_arguments arguments, in the workload's order */
  int64_t num_arguments;                    /* must be kernel->num_arguments */
  /* The call whose packed constants this one uses: itself, or an earlier call with the same kernel and
   * the same constants. */
  int64_t packed_by;
} diapason_model_call;

/* Fills `count` runs of `length` bytes with the pattern of an element. Run i begins `offset` + i * `stride`
 * bytes after the start of the arena. */
typedef struct diapason_model_fill {
  int64_t before_call;   /* index of the call before which every run fills; -1 means once, in create */
  int64_t offset;        /* bytes from the start of the arena to the first run */
  int64_t length;        /* bytes of each run; a multiple of element_bytes */
  int64_t count;         /* number of runs */
  int64_t stride;        /* bytes from the start of one run to the start of the next */
  int64_t element_bytes; /* 1, 4 or 8 */
  int64_t pattern;       /* the element's bits, in its low bytes */
} diapason_model_fill;

/* Everything that is fixed when a model is compiled. It is constant data of the library, which also owns
 * what it points to. */
typedef struct diapason_model_table {
  int64_t version;                 /* DIAPASON_MODEL_TABLE_VERSION */
  const diapason_model_info* info; /* the description that users see */
  int64_t arena_bytes;             /* size of the memory for activations */
  /* The constants that calls name by their index; may be null. They lie in pages of a file. */
  const void* const* constants;
  const diapason_model_call* calls; /* info->num_calls calls, in the order of execution */
  const diapason_model_fill* fills; /* num_fills fills, by ascending before_call; may be null */
  int64_t num_fills;                /* number of fills */
  int64_t num_constants;            /* number of constants */
  const int64_t* constant_bytes;    /* the size of each constant; null if there are none */
  const int64_t* size_of_output;    /* by output: the number of the size of its run_time_dim, or -1 */
  int64_t num_sizes;                /* number of sizes that are known only after a run */
} diapason_model_table;

/* Makes an instance with `threads` threads, including the caller's, and packs the library's constants on
 * all of them. Then the pages of those constants leave the process's memory; the system reads them again
 * from the library if somebody needs them. 0 means one thread for each processor that the calling thread
 * may use. The caller owns *model and must give it to diapason_model_destroy. After an error, *model is
 * null. `table` must outlive the instance. Returns DIAPASON_INVALID_ARGUMENT if `model` is null or
 * `threads` is not from 0 to 1024, DIAPASON_OUT_OF_MEMORY, DIAPASON_NO_THREADS, or DIAPASON_BROKEN if
 * the table is not valid. */
int32_t diapason_model_create(const diapason_model_table* table, int32_t threads, diapason_model** model);

/* Computes the outputs and returns when they are written. The caller's tensors must be on the CPU, dense
 * and row-major (strides may be null), must have the model's types and shapes, and must not overlap. A
 * tensor without elements may have no data. The result has the same bits for any number of threads. If
 * there are constants among the inputs, the first run packs them. A later run packs them again only if
 * they are at another address, so their bytes must not change as long as they stay at one address. Returns
 * DIAPASON_INVALID_ARGUMENT, and has then written nothing, if an argument is not as described here. */
int32_t diapason_model_run(diapason_model* model, const DLTensor* inputs, int32_t num_inputs,
                           DLTensor* outputs, int32_t num_outputs);

/* Does the same, and stores the wall-clock time of each kernel call, without packing, in microseconds:
 * info->num_calls values. Also returns DIAPASON_INVALID_ARGUMENT if `call_us` is null and there are calls. */
int32_t diapason_model_run_timed(diapason_model* model, const DLTensor* inputs, int32_t num_inputs,
                                 DLTensor* outputs, int32_t num_outputs, double* call_us);

/* Returns the size that dimension `dim` of output number `output` had in the last run. It is not the one
 * in the output's shape only if the dimension is the output's run_time_dim, and is 0 then before the
 * first run. The elements beyond it have no meaning. They stay where they are: the strides are those of
 * the full shape. Returns -1 if an argument is not valid. */
int64_t diapason_model_output_size(const diapason_model* model, int32_t output, int32_t dim);

/* Ends the threads and frees everything. `model` may be null. No run of it may be in progress. */
void diapason_model_destroy(diapason_model* model);

/* Describes the error of the calling thread's last call that did not return DIAPASON_OK. The text belongs to
 * the library, and is valid until the thread's next call that fails. */
const char* diapason_model_last_error(void);

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_COMPILER_RUNTIME_MODEL_RUNTIME_H_ */
