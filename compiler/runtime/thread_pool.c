#include "compiler/runtime/thread_pool.h"

#include <stdatomic.h>

#include "compiler/runtime/system.h"

/* How long a worker spins: longer than the gap between two stages of a model, and too short for a person
 * to notice. */
static const int64_t kSpinNanoseconds = 1000000;

/* More chunks balance the load better, but each chunk costs about 10 ns. */
static const int64_t kChunksPerThread = 4;

typedef struct part {
  _Alignas(DIAPASON_ALIGNMENT) _Atomic int64_t next; /* the first iteration that no thread has taken */
  int64_t end;
} part;

typedef struct worker {
  struct diapason_thread_pool* pool;
  pthread_t thread;
  int32_t index;
} worker;

struct diapason_thread_pool {
  /* Counts stages. Workers wait for it to change. */
  _Alignas(DIAPASON_ALIGNMENT) _Atomic uint32_t round;
  _Alignas(DIAPASON_ALIGNMENT) _Atomic int32_t busy; /* workers that have not finished this round */
  _Alignas(DIAPASON_ALIGNMENT) _Atomic int32_t sleepers;

  /* Describes the stage. It is written before `round` changes, and read after that. */
  _Alignas(DIAPASON_ALIGNMENT) diapason_body_fn body;
  void* const* arguments;
  void* workspace;
  char* scratch;
  size_t scratch_stride;
  int64_t chunk;
  int stop;

  int32_t threads;
  int32_t started; /* the number of workers that were started */
  part* parts;     /* one for each thread */
  worker* workers; /* [1, threads) */
};

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ volatile("yield");
#endif
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void futex(_Atomic uint32_t* word, int operation, uint32_t value) {
  syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

/* Works on the thread's own part first, and then on the others', beginning with the next one. */
static void work(diapason_thread_pool* pool, int32_t index) {
  char* scratch = pool->scratch + (size_t)index * pool->scratch_stride;
  for (int32_t i = 0; i < pool->threads; ++i) {
    part* p = &pool->parts[(index + i) % pool->threads];
    while (atomic_load_explicit(&p->next, memory_order_relaxed) < p->end) {
      const int64_t begin = atomic_fetch_add_explicit(&p->next, pool->chunk, memory_order_relaxed);
      if (begin >= p->end) break;
      const int64_t end = p->end - begin < pool->chunk ? p->end : begin + pool->chunk;
      pool->body(pool->arguments, pool->workspace, scratch, begin, end);
    }
  }
}

/* Returns when `round` is not `seen` any more. */
static void await_round(diapason_thread_pool* pool, uint32_t seen) {
  const int64_t deadline = now_ns() + kSpinNanoseconds;
  do {
    for (int i = 0; i < 64; ++i) {
      if (atomic_load_explicit(&pool->round, memory_order_acquire) != seen) return;
      relax();
    }
  } while (now_ns() < deadline);
  /* A worker counts itself as a sleeper before it reads `round` again, and begin_round changes `round`
   * before it reads the number of sleepers. So at least one of the two sees the other's change. The
   * futex compares `round` once more. */
  atomic_fetch_add(&pool->sleepers, 1);
  while (atomic_load(&pool->round) == seen) futex(&pool->round, FUTEX_WAIT, seen);
  atomic_fetch_sub(&pool->sleepers, 1);
}

static void* worker_main(void* argument) {
  worker* self = argument;
  diapason_thread_pool* pool = self->pool;
  for (uint32_t seen = 0;; ++seen) {
    await_round(pool, seen);
    if (pool->stop) return NULL;
    work(pool, self->index);
    atomic_fetch_sub_explicit(&pool->busy, 1, memory_order_release);
  }
}

static void begin_round(diapason_thread_pool* pool) {
  atomic_fetch_add(&pool->round, 1);
  if (atomic_load(&pool->sleepers) > 0) futex(&pool->round, FUTEX_WAKE, (uint32_t)pool->threads);
}

/* Spins, and then yields: if there are more threads than processors, the workers need this one's
 * processor. */
static void await_workers(diapason_thread_pool* pool) {
  for (int spins = 0; atomic_load_explicit(&pool->busy, memory_order_acquire) > 0; ++spins) {
    if (spins < 1 << 14) {
      relax();
    } else {
      sched_yield();
    }
  }
}

diapason_thread_pool* diapason_thread_pool_create(int32_t threads) {
  if (threads < 1) return NULL;
  diapason_thread_pool* pool = aligned_alloc(DIAPASON_ALIGNMENT, sizeof *pool);
  if (pool == NULL) return NULL;
  *pool = (diapason_thread_pool){.threads = threads};
  pool->parts = aligned_alloc(DIAPASON_ALIGNMENT, (size_t)threads * sizeof(part));
  pool->workers = calloc((size_t)threads, sizeof(worker));
  int failed = pool->parts == NULL || pool->workers == NULL;
  for (int32_t i = 1; i < threads && !failed; ++i) {
    pool->workers[i] = (worker){.pool = pool, .index = i};
    failed = pthread_create(&pool->workers[i].thread, NULL, worker_main, &pool->workers[i]) != 0;
    pool->started += !failed;
  }
  if (!failed) return pool;
  diapason_thread_pool_destroy(pool);
  return NULL;
}

void diapason_thread_pool_destroy(diapason_thread_pool* pool) {
  if (pool == NULL) return;
  pool->stop = 1;
  begin_round(pool);
  for (int32_t i = 1; i <= pool->started; ++i) pthread_join(pool->workers[i].thread, NULL);
  free(pool->workers);
  free(pool->parts);
  free(pool);
}

int32_t diapason_thread_pool_threads(const diapason_thread_pool* pool) { return pool->threads; }

void diapason_thread_pool_run(diapason_thread_pool* pool, diapason_body_fn body, void* const* arguments,
                              void* workspace, char* scratch, size_t scratch_stride, int64_t range) {
  if (pool->threads == 1 || range <= 1) {
    if (range > 0) body(arguments, workspace, scratch, 0, range);
    return;
  }
  pool->body = body;
  pool->arguments = arguments;
  pool->workspace = workspace;
  pool->scratch = scratch;
  pool->scratch_stride = scratch_stride;
  pool->chunk = range / (pool->threads * kChunksPerThread);
  if (pool->chunk < 1) pool->chunk = 1;
  for (int32_t t = 0; t < pool->threads; ++t) {
    pool->parts[t].end = range * (t + 1) / pool->threads;
    atomic_store_explicit(&pool->parts[t].next, range * t / pool->threads, memory_order_relaxed);
  }
  atomic_store_explicit(&pool->busy, pool->threads - 1, memory_order_relaxed);
  begin_round(pool);
  work(pool, 0);
  await_workers(pool);
}
