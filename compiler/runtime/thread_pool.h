/* Threads that share a kernel's stages. C11 and pthreads only: compiled models carry it.
 *
 * Each thread owns a contiguous part of a stage's range, does it in chunks, and then steals chunks of the
 * others' parts: who wrote rows or channels in one stage reads them in the next. Between stages workers spin
 * for about a millisecond, then sleep on a futex, so that the stages of a model follow each other within a
 * microsecond and an idle model costs nothing.
 */
#ifndef DIAPASON_COMPILER_RUNTIME_THREAD_POOL_H_
#define DIAPASON_COMPILER_RUNTIME_THREAD_POOL_H_

#include <stddef.h>
#include <stdint.h>

#include "compiler/runtime/kernel_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct diapason_thread_pool diapason_thread_pool;

/* A pool of `threads` >= 1, of which one is the caller of diapason_thread_pool_run: threads - 1 are started,
 * with the affinity of the calling thread. Null: no memory, or the system starts no more threads. */
diapason_thread_pool* diapason_thread_pool_create(int32_t threads);

/* Ends the workers. Not while a run is in progress; null is allowed. */
void diapason_thread_pool_destroy(diapason_thread_pool* pool);

int32_t diapason_thread_pool_threads(const diapason_thread_pool* pool);

/* Does the iterations 0 <= i < range and returns when all are done. Thread t's scratch begins at
 * scratch + t * scratch_stride. One call at a time. */
void diapason_thread_pool_run(diapason_thread_pool* pool, diapason_body_fn body, void* const* arguments,
                              void* workspace, char* scratch, size_t scratch_stride, int64_t range);

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_COMPILER_RUNTIME_THREAD_POOL_H_ */
