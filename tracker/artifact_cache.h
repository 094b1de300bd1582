// Artifacts by the hash of their bytes, in memory. Those that are in use (pinned) stay; of the others the
// least recently used ones go when the bound is reached.
//
// Lock rule: thread-safe, by a mutex of its own that is held for moments only. It may be called with the
// tracker's mutex held.
#ifndef DIAPASON_TRACKER_ARTIFACT_CACHE_H_
#define DIAPASON_TRACKER_ARTIFACT_CACHE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "proto/base/lru_cache.h"
#include "proto/base/mutex.h"

namespace diapason::tracker {

class ArtifactCache {
 public:
  explicit ArtifactCache(int64_t max_bytes) : max_bytes_(max_bytes) {}

  // Idempotent. `hash` is the hash of `bytes`: whoever received them has checked it
  // (proto/rpc/artifact_stream.h). InvalidArgument: they are larger than the cache. ResourceExhausted: what
  // is in use leaves no room now.
  absl::Status Put(absl::string_view hash, std::string bytes);

  // Null: not held. Shared, because a slow download may outlive the cache's own interest.
  std::shared_ptr<const std::string> Get(absl::string_view hash);

  // Keeps an artifact until as many Unpin calls; false: not held, and nothing is pinned.
  bool Pin(absl::string_view hash);
  void Unpin(absl::string_view hash);

  int64_t size_bytes() const;

 private:
  struct Entry {
    std::shared_ptr<const std::string> bytes;
    int pins = 0;
  };

  const int64_t max_bytes_;
  mutable Mutex mu_;
  LruCache<Entry> entries_ ABSL_GUARDED_BY(mu_);  // by hash
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_ARTIFACT_CACHE_H_
