/* Whether the caller's tensors are what a model takes, and what the last error was. Part of the model
 * run-time. */
#ifndef DIAPASON_COMPILER_RUNTIME_MODEL_TENSORS_H_
#define DIAPASON_COMPILER_RUNTIME_MODEL_TENSORS_H_

#include <stdint.h>

#include "compiler/runtime/model_api.h"

/* Keeps a printf-like message for diapason_model_last_error, at most 511 bytes of it, and returns `status`.
 * */
int32_t diapason_fail(int32_t status, const char* format, ...) __attribute__((format(printf, 2, 3)));

/* DIAPASON_OK, or DIAPASON_INVALID_ARGUMENT with a message that names the tensor. `kind`: "input" or
 * "output". */
int32_t diapason_check_tensors(const char* kind, const DLTensor* tensors, int32_t num_tensors,
                               const diapason_tensor_info* infos, int32_t num_infos);

/* The tensor's first element. */
static inline char* diapason_tensor_data(const DLTensor* tensor) {
  return (char*)tensor->data + tensor->byte_offset;
}

#endif /* DIAPASON_COMPILER_RUNTIME_MODEL_TENSORS_H_ */
