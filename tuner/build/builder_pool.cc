#include "tuner/build/builder_pool.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/domain/outcome.h"

namespace diapason::tuner {
namespace {

// How much longer the deadline of a worker is that runs only while its processors are idle.
constexpr double kIdlePatience = 10;

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
  for (int i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { Work(options_.worker); });
  if (options_.idle_cpus.empty()) return;
  WorkerOptions idle = options_.worker;
  idle.cpus = options_.idle_cpus;
  idle.only_when_idle = true;
  threads_.emplace_back([this, idle] { Work(idle); });
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

// Final builds are not left to a worker that may have to wait: the device measures without a pause then.
size_t BuilderPool::waiting() const {
  MutexLock lock(mu_);
  return queue_.size();
}

std::deque<std::string>::iterator BuilderPool::NextBuild(const WorkerOptions& options) {
  if (!options.only_when_idle) return queue_.begin();
  auto next = queue_.begin();
  while (next != queue_.end() && builds_[*next].request.optimization() != v1::OPTIMIZATION_SEARCH) ++next;
  return next;
}

void BuilderPool::Work(WorkerOptions options) {
  WorkerProcess worker(options);
  while (true) {
    v1::BuildRequest request;
    std::string key;
    absl::Duration deadline;
    {
      MutexLock lock(mu_);
      auto next = NextBuild(options);
      for (; !stopping_ && next == queue_.end(); next = NextBuild(options)) changed_.Wait(mu_);
      if (stopping_) return;
      key = std::move(*next);
      queue_.erase(next);
      request = builds_[key].request;
      deadline = deadline_.Get(request.optimization()) * (options.only_when_idle ? kIdlePatience : 1);
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
        if (!options.only_when_idle) deadline_.Add(request.optimization(), took);
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
