#include "compiler/runtime/thread_pool.h"

#include <stdatomic.h>

#include "compiler/runtime/system.h"

/* How long a worker spins: longer than the gap between two stages of a model, and too short for a person
 * to notice. */
static const int64_t kSpinNanoseconds = 1000000;

/* If a thread that spins loses its processor for longer than this, another program needs it. Interrupts are
 * shorter, and a program that runs is seldom interrupted by another one for less than a millisecond. */
static const int64_t kLostNanoseconds = 200000;

/* The time that sharing has saved since the last rest counts up to the first value, so that one loss, such as
 * a time slice of another program, does not end the sharing. When the balance falls below the second one, the
 * caller works alone. */
static const int64_t kMostSaved = 6000000, kLeastSaved = -500000;

/* How long the caller then works alone. Each time that this happens again soon, the time doubles. */
static const int64_t kFirstRest = 30000000, kLongestRest = 500000000;

/* The trials of a stage: the first runs of every period are shared and not shared in turn. */
enum { kTrials = 8, kPeriod = 512 };

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

  int64_t saved_ns;      /* the balance of what sharing has saved and lost */
  int64_t rest_until_ns; /* until then, only the caller works */
  int64_t rest_ns;       /* the length of the latest rest */

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

/* Waits for a stage that is not `last`, and returns the state that says so. A thread that loses its
 * processor while it spins sleeps at once. */
static uint32_t await_stage(diapason_thread_pool* pool, uint32_t last) {
  uint32_t state;
  int64_t now = now_ns();
  const int64_t deadline = now + kSpinNanoseconds;
  for (int lost = 0; now < deadline && !lost;) {
    int news = 0;
    for (int i = 0; i < 64 && !news; ++i) {
      state = atomic_load_explicit(&pool->state, memory_order_relaxed);
      news = is_news(state, last);
      if (!news) relax();
    }
    const int64_t before = now;
    now = now_ns();
    lost = now - before > kLostNanoseconds;
    if (news) return state;
  }
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
    if (spins >= 1 << 14) {
      sched_yield();
    } else {
      relax();
    }
  }
}

/* A stage was shared and has saved some time, or has lost some if `saved_ns` is negative. If sharing does not
 * pay, because other programs take the processors, the workers rest. */
static void settle(diapason_thread_pool* pool, int64_t saved_ns, int64_t now) {
  pool->saved_ns += saved_ns;
  if (pool->saved_ns > kMostSaved) pool->saved_ns = kMostSaved;
  if (pool->saved_ns >= kLeastSaved) return;
  const int again = pool->rest_ns > 0 && now < pool->rest_until_ns + 4 * pool->rest_ns;
  pool->rest_ns = !again ? kFirstRest : pool->rest_ns < kLongestRest ? 2 * pool->rest_ns : kLongestRest;
  pool->rest_until_ns = now + pool->rest_ns;
  pool->saved_ns = 0;
}

/* Returns whether to share a stage, and whether this is a trial, whose time is wanted. */
static int is_shared(diapason_stage_times* times, int* is_trial) {
  const uint32_t run = times->runs++ % kPeriod;
  if (run >= kTrials) return times->shared_ns < times->alone_ns;
  if (run == 0) times->alone_ns = times->shared_ns = INT64_MAX;
  *is_trial = 1;
  return run % 2 == 0;
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

static void run_shared(diapason_thread_pool* pool, diapason_body_fn body, void* const* arguments,
                       void* workspace, char* scratch, size_t scratch_stride, int64_t range) {
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

void diapason_thread_pool_run(diapason_thread_pool* pool, diapason_body_fn body, void* const* arguments,
                              void* workspace, char* scratch, size_t scratch_stride, int64_t range,
                              diapason_stage_times* times) {
  if (pool->threads == 1 || range <= 1) {
    if (range > 0) body(arguments, workspace, scratch, 0, range);
    return;
  }
  int is_trial = 0, shared = 1;
  const int64_t begin_ns = now_ns();
  if (times != NULL) shared = begin_ns >= pool->rest_until_ns && is_shared(times, &is_trial);
  if (shared) {
    run_shared(pool, body, arguments, workspace, scratch, scratch_stride, range);
  } else {
    body(arguments, workspace, scratch, 0, range);
  }
  if (times == NULL || (!shared && !is_trial)) return;
  const int64_t end_ns = now_ns();
  if (is_trial) {
    int64_t* best_ns = shared ? &times->shared_ns : &times->alone_ns;
    if (end_ns - begin_ns < *best_ns) *best_ns = end_ns - begin_ns;
  } else {
    settle(pool, times->alone_ns - (end_ns - begin_ns), end_ns);
  }
}
