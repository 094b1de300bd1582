/* What an artifact exports: one `diapason_kernel` description by the name its builder was told (in an
 * artifact to be measured: `diapason_kernel`). C11, no dependencies; the same on every target.
 *
 * A kernel is a list of stages, run one after another. A stage is one outermost parallel loop over [0,
 * range); any division of it into parts, on any number of threads, gives the same bits. Kernels allocate
 * nothing and call nothing.
 *
 * `arguments` holds a pointer to the first element of each of the workload's arguments, in the workload's
 * order, and behind them one for each packed constant. A pointer to a constant that `prepare` packs is read
 * by `prepare` only.
 *   `prepare(arguments, workspace)`: reads constants, writes packed constants; called once, when a model is
 *   loaded.
 *   `body(arguments, workspace, scratch, begin, end)`: does the iterations begin <= i < end. The workspace is
 *   shared by the kernel's stages and threads, the scratch is the calling thread's own; neither keeps
 *   anything between calls of a kernel. Both, and packed constants, are aligned to DIAPASON_ALIGNMENT.
 */
#ifndef DIAPASON_COMPILER_RUNTIME_KERNEL_ABI_H_
#define DIAPASON_COMPILER_RUNTIME_KERNEL_ABI_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DIAPASON_KERNEL_ABI_VERSION 1
#define DIAPASON_ALIGNMENT 64
#define DIAPASON_KERNEL_SYMBOL "diapason_kernel"

typedef void (*diapason_prepare_fn)(void* const* arguments, void* workspace);
typedef void (*diapason_body_fn)(void* const* arguments, void* workspace, void* scratch, int64_t begin,
                                 int64_t end);

typedef struct diapason_stage {
  diapason_body_fn body;
  int64_t range; /* number of iterations */
} diapason_stage;

typedef struct diapason_kernel {
  int64_t abi_version; /* DIAPASON_KERNEL_ABI_VERSION */
  int64_t num_arguments;
  int64_t num_packed;
  int64_t num_stages;
  int64_t workspace_bytes;
  int64_t scratch_bytes;        /* of one thread */
  const int64_t* packed_bytes;  /* num_packed sizes; null when there are none */
  const diapason_stage* stages; /* num_stages */
  diapason_prepare_fn prepare;  /* null when num_packed is 0 */
} diapason_kernel;

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_COMPILER_RUNTIME_KERNEL_ABI_H_ */
