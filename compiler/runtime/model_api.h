/* The part of a compiled model's C API that is the same for every model. The generated header NAME.h
 * contains this text and declares NAME_describe, NAME_create, NAME_run, NAME_run_timed, NAME_destroy and
 * NAME_last_error. It can be used from C99 and C++.
 */
#ifndef DIAPASON_MODEL_API_H_
#define DIAPASON_MODEL_API_H_

#include <dlpack/dlpack.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The values that a call returns. After any value but DIAPASON_OK, NAME_last_error() describes the
 * error. */
enum {
  DIAPASON_OK = 0,
  /* A pointer is null, or a tensor is not what the model takes. The call has done nothing. */
  DIAPASON_INVALID_ARGUMENT = 1,
  DIAPASON_OUT_OF_MEMORY = 2,
  DIAPASON_NO_THREADS = 3, /* the system does not start more threads */
  DIAPASON_BROKEN = 4      /* the library is inconsistent; compile the model again */
};

typedef struct diapason_tensor_info {
  const char* name;
  const int64_t* shape; /* ndim sizes, outermost first */
  int32_t ndim;
  DLDataType dtype; /* booleans are unsigned 8-bit integers: any but 0 means true; outputs are 0 or 1 */
} diapason_tensor_info;

typedef struct diapason_model_info {
  const char* name;
  const char* target;                  /* what the library was compiled for */
  const diapason_tensor_info* inputs;  /* in the model's order */
  const diapason_tensor_info* outputs; /* in the model's order */
  const char* const* calls;            /* names of the kernel calls, in order of execution */
  int32_t num_inputs;
  int32_t num_outputs;
  int32_t num_calls;
} diapason_model_info;

/* An instance of a model, with its packed weights, its memory and its threads. */
typedef struct diapason_model diapason_model;

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_MODEL_API_H_ */
