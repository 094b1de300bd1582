/* Threads that share the work of a kernel's stages. It uses C11 and pthreads only, because compiled
 * models contain it.
 *
 * Each thread has its own contiguous part of a stage's range. It processes that part in chunks, and then
 * takes chunks of the other threads' parts. So the thread that wrote rows or channels in one stage
 * usually reads them in the next one. A stage ends when its iterations are done, not when every worker has
 * noticed it: a worker whose processor is busy with another program is not waited for. Between stages, the
 * worker threads spin for about a millisecond and then sleep on a futex. So the stages of a model follow
 * each other within a microsecond, and an idle model uses no processor time.
 *
 * More threads are not always faster. A short stage takes longer if threads must be told about it, and data
 * that one core wrote are slow to read for another one. So the pool learns for each stage whether sharing it
 * pays (diapason_stage_times). And if other programs need the processors, a thread that has taken work may
 * lose its processor for milliseconds, while all others wait for it. When this costs more than sharing has
 * saved lately, the caller works alone for a while.
 */
#ifndef DIAPASON_COMPILER_RUNTIME_THREAD_POOL_H_
#define DIAPASON_COMPILER_RUNTIME_THREAD_POOL_H_

#include <stddef.h>
#include <stdint.h>

#include "compiler/runtime/kernel_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A pool of threads. diapason_thread_pool_create makes it; the caller must destroy it. */
typedef struct diapason_thread_pool diapason_thread_pool;

/* What a pool has learnt about one stage. All bytes are zero at first. */
typedef struct diapason_stage_times {
  int64_t alone_ns;  /* the shortest time without the workers in the latest trials; 0: none */
  int64_t shared_ns; /* the same with them */
  uint32_t runs;     /* how often the stage has run, except while the caller works alone */
} diapason_stage_times;

/* Creates a pool of 1 to 32767 `threads`. One of them is the caller of diapason_thread_pool_run; threads - 1
 * are started, with the affinity of the calling thread. Returns null if `threads` is out of that
 * range, there is no memory, or the system does not start more threads. */
diapason_thread_pool* diapason_thread_pool_create(int32_t threads);

/* Ends the worker threads and frees the pool. No run may be in progress. `pool` may be null. */
void diapason_thread_pool_destroy(diapason_thread_pool* pool);

/* Returns the number of threads, including the caller of diapason_thread_pool_run. */
int32_t diapason_thread_pool_threads(const diapason_thread_pool* pool);

/* Executes the iterations 0 <= i < range and returns when all are done. The scratch of thread t begins
 * at scratch + t * scratch_stride. If `times` is null, the workers always take part. Otherwise it must be the
 * same at every run of this stage, and the workers take part where this is faster. Only one call at a time
 * may use the pool. */
void diapason_thread_pool_run(diapason_thread_pool* pool, diapason_body_fn body, void* const* arguments,
                              void* workspace, char* scratch, size_t scratch_stride, int64_t range,
                              diapason_stage_times* times);

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_COMPILER_RUNTIME_THREAD_POOL_H_ */
