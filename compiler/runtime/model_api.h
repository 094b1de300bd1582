/* The part of a compiled model's C API that is the same for every model. A generated NAME.h holds this text
 * and declares NAME_describe, NAME_create, NAME_run, NAME_run_timed, NAME_destroy and NAME_last_error. C99
 * and C++.
 */
#ifndef DIAPASON_MODEL_API_H_
#define DIAPASON_MODEL_API_H_

#include <dlpack/dlpack.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a call returns; other than OK, the model's NAME_last_error() says what was wrong. */
enum {
  DIAPASON_OK = 0,
  DIAPASON_INVALID_ARGUMENT =
      1, /* a null pointer, or a tensor that is not what the model takes; nothing was done */
  DIAPASON_OUT_OF_MEMORY = 2,
  DIAPASON_NO_THREADS = 3, /* the system starts no more threads */
  DIAPASON_BROKEN = 4      /* the library contradicts itself */
};

typedef struct diapason_tensor_info {
  const char* name;
  const int64_t* shape; /* ndim sizes, outermost first */
  int32_t ndim;
  DLDataType dtype; /* booleans are unsigned 8-bit integers: any but 0 is true, and outputs have 0 or 1 */
} diapason_tensor_info;

typedef struct diapason_model_info {
  const char* name;
  const char* target;                  /* what the library was compiled for */
  const diapason_tensor_info* inputs;  /* in the model's order */
  const diapason_tensor_info* outputs; /* in the model's order */
  const char* const* calls;            /* names of the kernel calls, in the order of execution */
  int32_t num_inputs;
  int32_t num_outputs;
  int32_t num_calls;
} diapason_model_info;

/* One instance of a model: its packed weights, its memory and its threads. */
typedef struct diapason_model diapason_model;

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_MODEL_API_H_ */
