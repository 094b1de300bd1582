#include "compiler/runtime/model_tensors.h"

#include "compiler/runtime/model_runtime.h"
#include "compiler/runtime/system.h"

/* The code of kDLBool in later versions of DLPack. */
enum { kBool = 6 };

static _Thread_local char last_error[512];

const char* diapason_model_last_error(void) { return last_error; }

int32_t diapason_fail(int32_t status, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(last_error, sizeof last_error, format, arguments);
  va_end(arguments);
  return status;
}

static const char* type_name(DLDataType type) {
  static const struct {
    uint8_t code, bits;
    const char* name;
  } names[] = {{kDLFloat, 32, "float32"},   {kDLFloat, 64, "float64"}, {kDLFloat, 16, "float16"},
               {kDLBfloat, 16, "bfloat16"}, {kDLInt, 8, "int8"},       {kDLInt, 16, "int16"},
               {kDLInt, 32, "int32"},       {kDLInt, 64, "int64"},     {kDLUInt, 8, "uint8 (or bool)"},
               {kDLUInt, 16, "uint16"},     {kDLUInt, 32, "uint32"},   {kDLUInt, 64, "uint64"},
               {kBool, 8, "bool"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    if (type.lanes == 1 && type.code == names[i].code && type.bits == names[i].bits) return names[i].name;
  }
  return "another type";
}

static int is_type(DLDataType type, DLDataType wanted) {
  if (type.code == kBool && wanted.code == kDLUInt) type.code = kDLUInt;
  return type.code == wanted.code && type.bits == wanted.bits && type.lanes == wanted.lanes;
}

/* Writes a shape such as "[1, 3, 224, 224]" to `text`, cut off if it is too long. Returns `text`. */
static const char* shape_text(const int64_t* shape, int32_t ndim, char* text, size_t size) {
  size_t used = (size_t)snprintf(text, size, "[");
  for (int32_t i = 0; i < ndim && used < size; ++i) {
    used += (size_t)snprintf(text + used, size - used, "%s%lld", i > 0 ? ", " : "", (long long)shape[i]);
  }
  if (used < size) snprintf(text + used, size - used, "]");
  return text;
}

static int has_shape(const DLTensor* tensor, const diapason_tensor_info* info) {
  if (tensor->ndim != info->ndim || (tensor->ndim > 0 && tensor->shape == NULL)) return 0;
  for (int32_t i = 0; i < info->ndim; ++i) {
    if (tensor->shape[i] != info->shape[i]) return 0;
  }
  return 1;
}

static int64_t count_elements(const diapason_tensor_info* info) {
  int64_t count = 1;
  for (int32_t i = 0; i < info->ndim; ++i) count *= info->shape[i];
  return count;
}

static int is_dense(const DLTensor* tensor) {
  int64_t stride = 1;
  for (int32_t i = tensor->ndim - 1; tensor->strides != NULL && i >= 0; --i) {
    if (tensor->shape[i] != 1 && tensor->strides[i] != stride) return 0;
    stride *= tensor->shape[i];
  }
  return 1;
}

static int32_t check_tensor(const char* kind, int32_t index, const DLTensor* tensor,
                            const diapason_tensor_info* info) {
  char wanted[128], given[128];
  const char* what = NULL;
  /* Frameworks give an empty tensor any address. */
  const int is_empty = has_shape(tensor, info) && count_elements(info) == 0;
  if (tensor->data == NULL && !is_empty) {
    what = "has no data";
  } else if (tensor->device.device_type != kDLCPU) {
    what = "is not in the CPU's memory";
  } else if (!is_type(tensor->dtype, info->dtype)) {
    return diapason_fail(DIAPASON_INVALID_ARGUMENT, "%s %d (%s) must be of type %s, not %s", kind, index,
                         info->name, type_name(info->dtype), type_name(tensor->dtype));
  } else if (!has_shape(tensor, info)) {
    shape_text(info->shape, info->ndim, wanted, sizeof wanted);
    shape_text(tensor->shape, tensor->shape == NULL ? 0 : tensor->ndim, given, sizeof given);
    return diapason_fail(DIAPASON_INVALID_ARGUMENT, "%s %d (%s) must have the shape %s, not %s", kind, index,
                         info->name, wanted, given);
  } else if (!is_empty && !is_dense(tensor)) {
    what = "is not dense and row-major";
  } else if (!is_empty && (uintptr_t)diapason_tensor_data(tensor) % (info->dtype.bits / 8u) != 0) {
    what = "is not aligned to its elements";
  }
  if (what == NULL) return DIAPASON_OK;
  return diapason_fail(DIAPASON_INVALID_ARGUMENT, "%s %d (%s) %s", kind, index, info->name, what);
}

int32_t diapason_check_tensors(const char* kind, const DLTensor* tensors, int32_t num_tensors,
                               const diapason_tensor_info* infos, int32_t num_infos) {
  if (num_tensors != num_infos) {
    return diapason_fail(DIAPASON_INVALID_ARGUMENT, "the model has %d %ss, not %d", num_infos, kind,
                         num_tensors);
  }
  if (tensors == NULL && num_infos > 0) {
    return diapason_fail(DIAPASON_INVALID_ARGUMENT, "the array of %ss is null", kind);
  }
  for (int32_t i = 0; i < num_infos; ++i) {
    const int32_t status = check_tensor(kind, i, &tensors[i], &infos[i]);
    if (status != DIAPASON_OK) return status;
  }
  return DIAPASON_OK;
}
