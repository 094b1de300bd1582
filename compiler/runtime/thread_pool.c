#include "compiler/runtime/thread_pool.h"

#include <stdatomic.h>

#include "compiler/runtime/system.h"

/* How long a worker spins: longer than the gap between two stages of a model, and too short for a person
 * to notice. */
static const int64_t kSpinNanoseconds = 1000000;

/* A thread takes this share of what is left of a part. So the first chunks are large, and the last ones
 * are single iterations, which balances the load. */
static const int64_t kShareOfRest = 4;

/* The pool's state in one word: bits 0 to 14 count the workers that are inside of the stage, bit 15 says
 * whether workers may enter it, and the other bits are its number. */
static const uint32_t kInside = (1u << 15) - 1;
static const uint32_t kOpen = 1u << 15;
static const uint32_t kNextStage = 1u << 16;

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
  _Alignas(DIAPASON_ALIGNMENT) _Atomic uint32_t state;
  _Alignas(DIAPASON_ALIGNMENT) _Atomic int32_t sleepers;

  /* Describes the stage. It is written while no worker is inside, before the stage is opened. */
  _Alignas(DIAPASON_ALIGNMENT) diapason_body_fn body;
  void* const* arguments;
  void* workspace;
  char* scratch;
  size_t scratch_stride;
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

/* Takes the next iterations of a part. Returns how many there are; the first one is `*begin`. */
static int64_t take(part* p, int64_t* begin) {
  int64_t next = atomic_load_explicit(&p->next, memory_order_relaxed);
  for (;;) {
    const int64_t rest = p->end - next;
    if (rest <= 0) return 0;
    const int64_t count = rest < kShareOfRest ? 1 : rest / kShareOfRest;
    if (atomic_compare_exchange_weak_explicit(&p->next, &next, next + count, memory_order_relaxed,
                                              memory_order_relaxed)) {
      *begin = next;
      return count;
    }
  }
}

/* Works on the thread's own part first, and then on the others', beginning with the next one. */
static void work(diapason_thread_pool* pool, int32_t index) {
  char* scratch = pool->scratch + (size_t)index * pool->scratch_stride;
  for (int32_t i = 0; i < pool->threads; ++i) {
    part* p = &pool->parts[(index + i) % pool->threads];
    int64_t begin = 0;
    for (int64_t count; (count = take(p, &begin)) > 0;)
      pool->body(pool->arguments, pool->workspace, scratch, begin, begin + count);
  }
}

/* Whether workers may enter a stage that is not `last`. */
static int is_news(uint32_t state, uint32_t last) {
  return (state & kOpen) != 0 && state / kNextStage != last;
}

/* Waits for a stage that is not `last`, and returns the state that says so. */
static uint32_t await_stage(diapason_thread_pool* pool, uint32_t last) {
  uint32_t state;
  const int64_t deadline = now_ns() + kSpinNanoseconds;
  do {
    for (int i = 0; i < 64; ++i) {
      state = atomic_load_explicit(&pool->state, memory_order_relaxed);
      if (is_news(state, last)) return state;
      relax();
    }
  } while (now_ns() < deadline);
  /* A worker counts itself as a sleeper before it reads the state again, and open_stage changes the
   * state before it reads the number of sleepers. So at least one of the two sees the other's change.
   * The futex compares the state once more. */
  atomic_fetch_add(&pool->sleepers, 1);
  while (!is_news(state = atomic_load(&pool->state), last)) futex(&pool->state, FUTEX_WAIT, state);
  atomic_fetch_sub(&pool->sleepers, 1);
  return state;
}

/* A worker enters each stage once. If it is late, the stage is closed, and it enters a later one: nobody
 * waits for a worker that is not inside. */
static void* worker_main(void* argument) {
  worker* self = argument;
  diapason_thread_pool* pool = self->pool;
  for (uint32_t last = 0;;) {
    uint32_t state = await_stage(pool, last);
    if (!atomic_compare_exchange_strong_explicit(&pool->state, &state, state + 1, memory_order_acquire,
                                                 memory_order_relaxed))
      continue; /* another worker has entered, or the stage was closed */
    if (pool->stop) return NULL;
    work(pool, self->index);
    last = state / kNextStage;
    atomic_fetch_sub_explicit(&pool->state, 1, memory_order_release);
  }
}

static void open_stage(diapason_thread_pool* pool) {
  const uint32_t state = atomic_load_explicit(&pool->state, memory_order_relaxed);
  atomic_store(&pool->state, ((state / kNextStage + 1) * kNextStage) | kOpen);
  if (atomic_load(&pool->sleepers) > 0) futex(&pool->state, FUTEX_WAKE, (uint32_t)pool->threads);
}

/* All iterations have been taken. Waits for the workers that are still executing some. It spins, and then
 * yields: if there are more threads than processors, the workers need this one's processor. */
static void close_stage(diapason_thread_pool* pool) {
  atomic_fetch_and_explicit(&pool->state, ~kOpen, memory_order_relaxed);
  for (int spins = 0; (atomic_load_explicit(&pool->state, memory_order_acquire) & kInside) != 0; ++spins) {
    if (spins < 1 << 14) {
      relax();
    } else {
      sched_yield();
    }
  }
}

diapason_thread_pool* diapason_thread_pool_create(int32_t threads) {
  if (threads < 1 || threads > (int32_t)kInside) return NULL;
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
  open_stage(pool);
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
  for (int32_t t = 0; t < pool->threads; ++t) {
    pool->parts[t].end = range * (t + 1) / pool->threads;
    atomic_store_explicit(&pool->parts[t].next, range * t / pool->threads, memory_order_relaxed);
  }
  open_stage(pool);
  work(pool, 0);
  close_stage(pool);
}
