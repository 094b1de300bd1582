#include "tuner/build/builder_pool.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/domain/outcome.h"

namespace diapason::tuner {
namespace {

v1::BuildResponse Failed(v1::OutcomeKind kind, absl::string_view message) {
  v1::BuildResponse response;
  *response.mutable_outcome() = MakeOutcome(kind, message);
  return response;
}

}  // namespace

BuilderPool::BuilderPool(const Clock& clock, BuilderPoolOptions options)
    : clock_(clock),
      options_(std::move(options)),
      cache_(options_.cache_bytes),
      deadline_(options_.deadline) {
  for (int i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { Work(); });
}

BuilderPool::~BuilderPool() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
    changed_.SignalAll();
  }
  for (std::thread& thread : threads_) thread.join();
  std::vector<std::string> left;
  {
    MutexLock lock(mu_);
    for (const auto& [key, build] : builds_) left.push_back(key);
  }
  for (const std::string& key : left)
    Finish(key, Failed(v1::OUTCOME_KIND_CANCELLED, "the builder is shutting down"));
}

void BuilderPool::Build(v1::BuildRequest request, Done done) {
  std::string key = BuildKey(request);
  v1::BuildResponse cached;
  {
    MutexLock lock(mu_);
    const v1::BuildResponse* known = cache_.Get(key);
    if (known == nullptr) {
      PendingBuild& build = builds_[key];
      build.waiting.push_back(std::move(done));
      if (build.waiting.size() > 1) return;  // an equal request is being built already
      build.key = key;
      build.request = std::move(request);
      build.request.set_id(next_id_++);
      queue_.push_back(std::move(key));
      changed_.SignalAll();
      return;
    }
    cached = *known;
  }
  done(cached);
}

void BuilderPool::Work() {
  WorkerProcess worker(options_.worker);
  while (true) {
    v1::BuildRequest request;
    std::string key;
    absl::Duration deadline;
    {
      MutexLock lock(mu_);
      while (!stopping_ && queue_.empty()) changed_.Wait(mu_);
      if (stopping_) return;
      key = std::move(queue_.front());
      queue_.pop_front();
      request = builds_[key].request;
      deadline = deadline_.Get(request.optimization());
    }
    const absl::Duration start = clock_.Monotonic();
    auto built = worker.Build(request, deadline, stopping_);
    const absl::Duration took = clock_.Monotonic() - start;
    const v1::BuildResponse response =
        built.ok() ? *std::move(built)
                   : Failed(v1::OUTCOME_KIND_DEVICE_LOST,
                            absl::StrCat("a builder worker cannot be started: ", built.status().message()));
    {
      MutexLock lock(mu_);
      if (response.outcome().kind() == v1::OUTCOME_KIND_OK) {
        deadline_.Add(request.optimization(), took);
        if (request.optimization() != v1::OPTIMIZATION_SEARCH) cache_.Put(key, response);
      }
    }
    Finish(key, response);
  }
}

void BuilderPool::Finish(const std::string& key, const v1::BuildResponse& response) {
  std::vector<Done> waiting;
  {
    MutexLock lock(mu_);
    waiting = std::move(builds_[key].waiting);
    builds_.erase(key);
  }
  for (const Done& done : waiting) done(response);
}

}  // namespace diapason::tuner
