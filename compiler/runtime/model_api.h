/* The part of a compiled model's C API that is the same for every model. The generated header NAME.h
 * contains this text and declares NAME_describe, NAME_create, NAME_run, NAME_run_timed, NAME_output_size,
 * NAME_destroy and NAME_last_error. It can be used from C99 and C++.
 */
#ifndef DIAPASON_MODEL_API_H_
#define DIAPASON_MODEL_API_H_

#include <stdint.h>

/* Tensors are those of DLPack. If its header is not installed, the part that is needed is defined here. */
#ifdef __has_include
#if __has_include(<dlpack/dlpack.h>)
#include <dlpack/dlpack.h>
#endif
#else
#include <dlpack/dlpack.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#if !defined(DLPACK_DLPACK_H_) && !defined(DLPACK_VERSION) && !defined(DLPACK_MAJOR_VERSION)
#define DLPACK_DLPACK_H_
/* Where a tensor's memory is. */
typedef enum { kDLCPU = 1 } DLDeviceType;
/* A device: its type, and its number. */
typedef struct {
  DLDeviceType device_type;
  int32_t device_id;
} DLDevice;
/* Kinds of elements. */
typedef enum { kDLInt = 0U, kDLUInt = 1U, kDLFloat = 2U, kDLBfloat = 4U } DLDataTypeCode;
/* The type of an element. */
typedef struct {
  uint8_t code;   /* a DLDataTypeCode */
  uint8_t bits;   /* the size of one lane */
  uint16_t lanes; /* 1, except for vectors */
} DLDataType;
/* A tensor in memory of the caller. */
typedef struct {
  void* data;
  DLDevice device;
  int32_t ndim; /* number of dimensions */
  DLDataType dtype;
  int64_t* shape;       /* ndim sizes, outermost first */
  int64_t* strides;     /* in elements; null if the tensor is dense and row-major */
  uint64_t byte_offset; /* from `data` to the first element */
} DLTensor;
#endif

/* The values that a call returns. After any value but DIAPASON_OK, NAME_last_error() describes the
 * error. */
enum {
  DIAPASON_OK = 0, /* the call has succeeded */
  /* A pointer is null, a number is out of its range, or a tensor is not what the model takes. The call has
   * done nothing. */
  DIAPASON_INVALID_ARGUMENT = 1,
  DIAPASON_OUT_OF_MEMORY = 2, /* there is not enough memory for the model */
  DIAPASON_NO_THREADS = 3,    /* the system does not start more threads */
  DIAPASON_BROKEN = 4         /* the library is inconsistent; compile the model again */
};

/* An input or an output of a model. */
typedef struct diapason_tensor_info {
  const char* name;     /* the name in the model's file */
  const int64_t* shape; /* ndim sizes, outermost first */
  int32_t ndim;         /* number of dimensions; 0 for a scalar */
  DLDataType dtype;     /* booleans are unsigned 8-bit integers: any but 0 means true; outputs are 0 or 1 */
  /* -1, or the dimension of an output whose size is known only after a run. `shape` then has the largest
   * size that it may have; the caller provides memory for that, and NAME_output_size() gives the size. */
  int32_t run_time_dim;
} diapason_tensor_info;

/* What NAME_describe() tells about a model. The library owns it and all that it points to. It is constant
 * and valid as long as the library is loaded. */
typedef struct diapason_model_info {
  const char* name;                    /* the NAME in the names of the functions */
  const char* target;                  /* what the library was compiled for */
  const diapason_tensor_info* inputs;  /* in the model's order */
  const diapason_tensor_info* outputs; /* in the model's order */
  const char* const* calls;            /* names of the kernel calls, in order of execution */
  int32_t num_inputs;                  /* number of inputs */
  int32_t num_outputs;                 /* number of outputs */
  int32_t num_calls;                   /* number of kernel calls in one run */
} diapason_model_info;

/* An instance of a model, with its packed weights, its memory and its threads. NAME_create() makes it, and
 * the caller must give it back to NAME_destroy(). One thread may use it at a time. */
typedef struct diapason_model diapason_model;

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_MODEL_API_H_ */
