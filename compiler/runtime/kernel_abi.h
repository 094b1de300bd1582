/* The binary interface of kernels: what an artifact exports. An artifact exports one `diapason_kernel`
 * description. The builder chooses its symbol; in an artifact that will be measured it is
 * `diapason_kernel`. The interface is C11 without dependencies, and is the same on every target.
 *
 * A kernel is a list of stages, which run one after another. A stage is one outermost parallel loop over
 * [0, range). The range may be divided into parts in any way, on any number of threads; the result has
 * the same bits. Kernels allocate nothing and call nothing.
 *
 * `arguments` holds a pointer to the first element of each of the workload's arguments, in the
 * workload's order. Behind them it holds a pointer to each packed constant. Only `prepare` reads a
 * constant that it packs.
 *   `prepare(arguments, workspace)` reads constants and writes packed constants. It is called once, when a
 *   model is loaded.
 *   `body(arguments, workspace, scratch, begin, end)` executes the iterations begin <= i < end. The kernel's
 *   stages and threads share the workspace; each thread has a scratch of its own. Neither keeps anything
 *   between calls of a kernel. Workspace, scratch and packed constants are aligned to DIAPASON_ALIGNMENT.
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
  int64_t scratch_bytes;        /* for each thread */
  const int64_t* packed_bytes;  /* num_packed sizes; null if there are none */
  const diapason_stage* stages; /* num_stages */
  diapason_prepare_fn prepare;  /* null if num_packed is 0 */
} diapason_kernel;

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_COMPILER_RUNTIME_KERNEL_ABI_H_ */
