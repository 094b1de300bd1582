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

/* The version of this interface. A loader refuses a kernel that has another version. */
#define DIAPASON_KERNEL_ABI_VERSION 1
/* The alignment of workspace, scratch and packed constants, in bytes. */
#define DIAPASON_ALIGNMENT 64
/* The name of the symbol that an artifact exports if it will be measured. */
#define DIAPASON_KERNEL_SYMBOL "diapason_kernel"

/* Reads the constants among the arguments and writes all packed constants. */
typedef void (*diapason_prepare_fn)(void* const* arguments, void* workspace);

/* Executes the iterations begin <= i < end of a stage. Threads may call it at the same time for different
 * iterations, each with a scratch of its own. */
typedef void (*diapason_body_fn)(void* const* arguments, void* workspace, void* scratch, int64_t begin,
                                 int64_t end);

/* One stage of a kernel. */
typedef struct diapason_stage {
  diapason_body_fn body; /* computes a part of the range */
  int64_t range;         /* number of iterations */
} diapason_stage;

/* The description of a kernel. It is constant data of the artifact, which also owns what it points to. */
typedef struct diapason_kernel {
  int64_t abi_version;          /* DIAPASON_KERNEL_ABI_VERSION */
  int64_t num_arguments;        /* number of the workload's arguments */
  int64_t num_packed;           /* number of packed constants */
  int64_t num_stages;           /* number of stages */
  int64_t workspace_bytes;      /* for all threads together; may be 0 */
  int64_t scratch_bytes;        /* for each thread; may be 0 */
  const int64_t* packed_bytes;  /* num_packed sizes; null if there are none */
  const diapason_stage* stages; /* num_stages stages, in the order in which they run */
  diapason_prepare_fn prepare;  /* null if num_packed is 0 */
} diapason_kernel;

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_COMPILER_RUNTIME_KERNEL_ABI_H_ */
