// Keeps artifacts in memory, by the hash of their bytes. Artifacts that are in use (pinned) stay. When the
// cache is full, it drops the least recently used ones of the others.
//
// Lock rule: thread-safe. It has its own mutex, which it holds only for moments, so it may be called while
// the tracker's mutex is held.
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

// A cache of at most `max_bytes` bytes.
class ArtifactCache {
 public:
  explicit ArtifactCache(int64_t max_bytes) : max_bytes_(max_bytes) {}

  // Stores an artifact; has no effect if it is stored already. `hash` must be the hash of `bytes`; whoever
  // received the bytes has checked this (proto/rpc/artifact_stream.h). InvalidArgument: they are larger
  // than the cache. ResourceExhausted: the pinned artifacts leave no room now.
  absl::Status Put(absl::string_view hash, std::string bytes);

  // Returns null if the artifact is not here. The pointer is shared because a slow download may still need
  // the bytes when the cache has dropped them.
  std::shared_ptr<const std::string> Get(absl::string_view hash);

  // Keeps an artifact until Unpin has been called as often as Pin. Returns false, and pins nothing, if it
  // is not here.
  bool Pin(absl::string_view hash);
  void Unpin(absl::string_view hash);

  // The sum of the sizes of all artifacts.
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
