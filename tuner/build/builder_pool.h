// Long-lived builder worker processes under a supervisor. A crash, a hang or a memory blow-up of a worker is
// the outcome of the build it was at; the next build gets a new worker.
//
// Threads: one for each worker, which owns its process. Build may be called from any thread; callbacks come
// on the workers' threads.
#ifndef DIAPASON_TUNER_BUILD_BUILDER_POOL_H_
#define DIAPASON_TUNER_BUILD_BUILDER_POOL_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "proto/base/clock.h"
#include "proto/base/mutex.h"
#include "tuner/build/build_cache.h"
#include "tuner/build/build_deadline.h"
#include "tuner/build/builder.h"
#include "tuner/build/worker_process.h"

namespace diapason::tuner {

struct BuilderPoolOptions {
  int workers = 1;
  WorkerOptions worker;
  BuildDeadlineOptions deadline;
  int64_t cache_bytes =
      256ll << 20;  // of references and final builds; searched candidates are built once anyway
};

class BuilderPool : public Builder {
 public:
  BuilderPool(const Clock& clock, BuilderPoolOptions options);  // `clock` outlives this
  // Kills the workers; requests that are not done end as CANCELLED.
  ~BuilderPool() override;

  // Two equal requests at a time are built once. Outcomes besides those of the builder (builder.proto):
  // COMPILE_TIMEOUT, OUT_OF_MEMORY, COMPILE_ERROR for a crash, and DEVICE_LOST when no worker can be started.
  void Build(v1::BuildRequest request, Done done) override;
  int parallelism() const override { return options_.workers; }

 private:
  struct Job {
    std::string key;
    v1::BuildRequest request;
    std::vector<Done> waiting;
  };

  void Work();
  void Finish(const std::string& key, const v1::BuildResponse& response);

  const Clock& clock_;
  const BuilderPoolOptions options_;

  std::atomic<bool> stopping_ = false;
  Mutex mu_;
  CondVar changed_;  // the queue, or stopping
  uint64_t next_id_ ABSL_GUARDED_BY(mu_) = 1;
  std::deque<std::string> queue_ ABSL_GUARDED_BY(mu_);               // keys of jobs that no worker has taken
  absl::flat_hash_map<std::string, Job> jobs_ ABSL_GUARDED_BY(mu_);  // by key: queued and under way
  BuildCache cache_ ABSL_GUARDED_BY(mu_);
  BuildDeadline deadline_ ABSL_GUARDED_BY(mu_);
  std::vector<std::thread> threads_;  // started last
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_BUILD_BUILDER_POOL_H_
