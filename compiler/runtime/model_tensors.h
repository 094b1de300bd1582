/* Checks whether the caller's tensors are what a model takes, and keeps the last error. This is a part
 * of the model run-time. */
#ifndef DIAPASON_COMPILER_RUNTIME_MODEL_TENSORS_H_
#define DIAPASON_COMPILER_RUNTIME_MODEL_TENSORS_H_

#include <stdint.h>

#include "compiler/runtime/model_api.h"

/* Keeps a message, formatted as by printf, for diapason_model_last_error, and returns `status`. A
 * message longer than 511 bytes is cut off. */
int32_t diapason_fail(int32_t status, const char* format, ...) __attribute__((format(printf, 2, 3)));

/* Returns DIAPASON_OK, or DIAPASON_INVALID_ARGUMENT with a message that names the tensor. `kind` is
 * "input" or "output". */
int32_t diapason_check_tensors(const char* kind, const DLTensor* tensors, int32_t num_tensors,
                               const diapason_tensor_info* infos, int32_t num_infos);

/* Returns the address of the tensor's first element. */
static inline char* diapason_tensor_data(const DLTensor* tensor) {
  return (char*)tensor->data + tensor->byte_offset;
}

#endif /* DIAPASON_COMPILER_RUNTIME_MODEL_TENSORS_H_ */
