// Builds in long-lived worker processes and supervises them. If a worker crashes, hangs or needs too much
// memory, this becomes the outcome of the build that it worked on, and the next build gets a new worker.
//
// Threads: there is one thread for each worker process, and it alone talks to that process. Build may be
// called from any thread. Callbacks run on the pool's threads.
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

// How many workers a pool has, and how they work.
struct BuilderPoolOptions {
  int workers = 1;  // processes that build at the same time
  // Processors on which one more worker builds candidates of searches while nothing else runs there: a device
  // that measures there often waits for builds. There is no such worker if the list is empty. It may have to
  // wait, so its deadlines are longer.
  std::vector<int> idle_cpus;
  WorkerOptions worker;
  BuildDeadlineOptions deadline;
  // Bytes of responses to keep. Only references and final builds are kept, because a searched candidate is
  // built only once.
  int64_t cache_bytes = 256ll << 20;
};

class BuilderPool : public Builder {
 public:
  BuilderPool(const Clock& clock, BuilderPoolOptions options);  // `clock` outlives this
  // Kills the workers. Requests that are not finished end with the outcome CANCELLED.
  ~BuilderPool() override;

  // If two equal requests wait at the same time, they are built once. Besides the outcomes of a back end
  // (builder.proto), there are COMPILE_TIMEOUT, OUT_OF_MEMORY, COMPILE_ERROR for a crash, and DEVICE_LOST
  // if no worker can be started.
  void Build(v1::BuildRequest request, Done done) override;

  int parallelism() const override { return static_cast<int>(threads_.size()); }

  // The number of builds that no worker has begun.
  size_t waiting() const;

 private:
  // A build that is queued or that a worker has taken.
  struct PendingBuild {
    std::string key;
    v1::BuildRequest request;
    std::vector<Done> waiting;  // callbacks of all equal requests
  };

  void Work(WorkerOptions options);
  // Returns the next build for such a worker, or the end of the queue.
  std::deque<std::string>::iterator NextBuild(const WorkerOptions& options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Finish(const std::string& key, const v1::BuildResponse& response);

  const Clock& clock_;
  const BuilderPoolOptions options_;

  std::atomic<bool> stopping_ = false;
  mutable Mutex mu_;
  CondVar changed_;  // signalled when the queue changes or the pool stops
  uint64_t next_id_ ABSL_GUARDED_BY(mu_) = 1;
  std::deque<std::string> queue_ ABSL_GUARDED_BY(mu_);  // keys of builds that no worker has taken
  // Builds by key, both those in the queue and those that a worker has taken.
  absl::flat_hash_map<std::string, PendingBuild> builds_ ABSL_GUARDED_BY(mu_);
  BuildCache cache_ ABSL_GUARDED_BY(mu_);
  BuildDeadline deadline_ ABSL_GUARDED_BY(mu_);
  std::vector<std::thread> threads_;  // started last, when all other fields are ready
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_BUILD_BUILDER_POOL_H_
