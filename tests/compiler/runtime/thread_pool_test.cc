#include "compiler/runtime/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace diapason::compiler::runtime {
namespace {

struct PoolDeleter {
  void operator()(diapason_thread_pool* pool) const { diapason_thread_pool_destroy(pool); }
};
using Pool = std::unique_ptr<diapason_thread_pool, PoolDeleter>;

// workspace[i] counts how often iteration i was executed; scratch[0] counts what this thread has
// executed.
void CountIterations(void* const*, void* workspace, void* scratch, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) ++static_cast<int*>(workspace)[i];
  *static_cast<int64_t*>(scratch) += end - begin;
}

TEST(ThreadPoolTest, DoesEachIterationOnce) {
  for (int threads : {1, 2, 3, 5}) {
    const Pool pool(diapason_thread_pool_create(threads));
    ASSERT_NE(pool, nullptr);
    EXPECT_EQ(diapason_thread_pool_threads(pool.get()), threads);
    for (int64_t range : {0, 1, 2, 3, 7, 64, 1000}) {
      SCOPED_TRACE(testing::Message() << threads << " threads, range " << range);
      std::vector<int> counts(range, 0);
      std::vector<int64_t> done(8 * threads, 0);  // a cache line for each thread
      diapason_thread_pool_run(pool.get(), CountIterations, nullptr, counts.data(),
                               reinterpret_cast<char*>(done.data()), 64, range, nullptr);
      EXPECT_EQ(std::count(counts.begin(), counts.end(), 1), range);
      EXPECT_EQ(std::accumulate(done.begin(), done.end(), int64_t{0}), range);
    }
  }
}

// Each stage reads what the one before has written, so all iterations must be finished when a run
// returns.
TEST(ThreadPoolTest, StagesSeeEachOther) {
  const Pool pool(diapason_thread_pool_create(3));
  std::vector<int> a(257, 0), b(257, 0);
  const auto shift = [](void* const* arguments, void*, void*, int64_t begin, int64_t end) {
    const int* from = static_cast<const int*>(arguments[0]);
    int* to = static_cast<int*>(arguments[1]);
    for (int64_t i = begin; i < end; ++i) to[i] = from[256 - i] + 1;
  };
  for (int round = 0; round < 300; ++round) {
    void* arguments[] = {round % 2 ? b.data() : a.data(), round % 2 ? a.data() : b.data()};
    diapason_thread_pool_run(pool.get(), shift, arguments, nullptr, nullptr, 0, 257, nullptr);
  }
  EXPECT_EQ(std::count(a.begin(), a.end(), 300), 257);
}

// If a thread is slow, another thread takes the rest of its part.
TEST(ThreadPoolTest, IdleThreadsSteal) {
  const Pool pool(diapason_thread_pool_create(2));
  std::atomic<int> others{0};
  const auto wait_for_the_rest = [](void* const* arguments, void*, void*, int64_t begin, int64_t end) {
    auto& done = *static_cast<std::atomic<int>*>(arguments[0]);
    if (begin > 0) {
      done += static_cast<int>(end - begin);
      return;
    }
    while (done < 64 - (end - begin)) {
    }
  };
  void* arguments[] = {&others};
  diapason_thread_pool_run(pool.get(), wait_for_the_rest, arguments, nullptr, nullptr, 0, 64,
                           nullptr);  // must end
  EXPECT_GT(others, 32);
}

TEST(ThreadPoolTest, SleepingWorkersWake) {
  const Pool pool(diapason_thread_pool_create(2));
  std::vector<int64_t> done(16, 0);
  for (int round = 0; round < 3; ++round) {
    std::vector<int> counts(100, 0);
    const timespec nap = {0, 5'000'000};  // longer than the workers spin
    nanosleep(&nap, nullptr);
    diapason_thread_pool_run(pool.get(), CountIterations, nullptr, counts.data(),
                             reinterpret_cast<char*>(done.data()), 64, 100, nullptr);
    EXPECT_EQ(std::count(counts.begin(), counts.end(), 1), 100);
  }
}

// Which thread is slow, and how many iterations the others have done.
struct SlowThread {
  std::thread::id caller = std::this_thread::get_id();
  std::atomic<int64_t> by_workers{0};
  absl::Duration caller_takes;
  absl::Duration worker_takes;
};

void TakeTime(void* const* arguments, void* workspace, void*, int64_t begin, int64_t end) {
  auto& slow = *static_cast<SlowThread*>(arguments[0]);
  const bool is_caller = std::this_thread::get_id() == slow.caller;
  if (!is_caller) slow.by_workers += end - begin;
  for (int64_t i = begin; i < end; ++i) {
    ++static_cast<int*>(workspace)[i];
    absl::SleepFor(is_caller ? slow.caller_takes : slow.worker_takes);
  }
}

// Runs a stage of 8 iterations, and returns how many of them the worker has done.
int64_t RunSlow(diapason_thread_pool* pool, SlowThread& slow, diapason_stage_times* times) {
  slow.by_workers = 0;
  std::vector<int> counts(8, 0);
  void* arguments[] = {&slow};
  diapason_thread_pool_run(pool, TakeTime, arguments, counts.data(), nullptr, 0, 8, times);
  EXPECT_EQ(std::count(counts.begin(), counts.end(), 1), 8);
  return slow.by_workers;
}

TEST(ThreadPoolTest, AStageIsSharedIfThatWasFaster) {
  const Pool pool(diapason_thread_pool_create(2));
  SlowThread slow;
  slow.caller_takes = slow.worker_takes = absl::Milliseconds(1);
  diapason_stage_times slower = {/*alone_ns=*/1, /*shared_ns=*/2, /*runs=*/100};
  for (int run = 0; run < 10; ++run) EXPECT_EQ(RunSlow(pool.get(), slow, &slower), 0);
  diapason_stage_times faster = {/*alone_ns=*/2, /*shared_ns=*/1, /*runs=*/100};
  while (RunSlow(pool.get(), slow, &faster) == 0) {  // must end
  }
}

TEST(ThreadPoolTest, TheFirstRunsOfAPeriodAreTrials) {
  const Pool pool(diapason_thread_pool_create(2));
  SlowThread slow;
  slow.caller_takes = slow.worker_takes = absl::Milliseconds(1);
  diapason_stage_times times = {/*alone_ns=*/1, /*shared_ns=*/2, /*runs=*/512};
  for (int run = 0; run < 8; ++run) {
    const int64_t by_worker = RunSlow(pool.get(), slow, &times);
    if (run % 2 == 1) EXPECT_EQ(by_worker, 0) << "every second trial is not shared";
  }
  EXPECT_GE(times.alone_ns, 8'000'000) << "the old time was forgotten";
  EXPECT_LT(times.alone_ns, INT64_MAX);
}

// The worker takes so long that it must have lost its processor. On a busy machine, the caller takes long,
// too. The runs of the rest do not count as trials.
TEST(ThreadPoolTest, TheCallerWorksAloneWhileProcessorsAreTaken) {
  const Pool pool(diapason_thread_pool_create(2));
  SlowThread slow;
  slow.caller_takes = absl::Milliseconds(1);
  slow.worker_takes = absl::Milliseconds(300);
  // It was learnt that the stage is faster with the worker.
  diapason_stage_times times = {/*alone_ns=*/2, /*shared_ns=*/1, /*runs=*/100};
  while (RunSlow(pool.get(), slow, &times) == 0) {
  }
  slow.worker_takes = absl::ZeroDuration();
  const absl::Time begin = absl::Now();
  const uint32_t runs = times.runs;
  EXPECT_EQ(RunSlow(pool.get(), slow, &times), 0);
  EXPECT_EQ(times.runs, runs);
  while (RunSlow(pool.get(), slow, &times) == 0) {  // must end
  }
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(20));
}

// A stage that seems to take 1 ns alone loses time whenever it is shared, and one that seems to take a second
// saves some.
TEST(ThreadPoolTest, OneShortLossDoesNotEndTheSharing) {
  const Pool pool(diapason_thread_pool_create(2));
  SlowThread slow;
  diapason_stage_times saves = {/*alone_ns=*/1'000'000'000, /*shared_ns=*/1, /*runs=*/100};
  diapason_stage_times loses = {/*alone_ns=*/2, /*shared_ns=*/1, /*runs=*/100};
  absl::Duration lost = absl::InfiniteDuration();
  while (lost > absl::Milliseconds(5)) {      // until the machine is quiet enough for a short loss
    absl::SleepFor(absl::Milliseconds(600));  // longer than the longest rest
    for (int run = 0; run < 10; ++run) RunSlow(pool.get(), slow, &saves);
    const absl::Time begin = absl::Now();
    RunSlow(pool.get(), slow, &loses);
    lost = absl::Now() - begin;
  }
  const uint32_t runs = saves.runs;
  RunSlow(pool.get(), slow, &saves);
  EXPECT_EQ(saves.runs, runs + 1) << "the runs of a rest do not count";
  // Without anything saved in between, more losses do end it.
  slow.caller_takes = slow.worker_takes = absl::Milliseconds(1);
  uint32_t before = 0;
  do {
    before = loses.runs;
    RunSlow(pool.get(), slow, &loses);
  } while (loses.runs > before);  // must end
}

TEST(ThreadPoolTest, RefusesNoThreads) {
  EXPECT_EQ(diapason_thread_pool_create(0), nullptr);
  diapason_thread_pool_destroy(nullptr);
}

}  // namespace
}  // namespace diapason::compiler::runtime
