// Artifacts by the hash of their bytes, in memory. Those in use stay; of the others the least recently used go when
// the bound is reached. Thread-safe.
#ifndef DIAPASON_TRACKER_ARTIFACT_CACHE_H_
#define DIAPASON_TRACKER_ARTIFACT_CACHE_H_

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "proto/base/mutex.h"

namespace diapason::tracker {

class ArtifactCache {
 public:
  explicit ArtifactCache(int64_t max_bytes) : max_bytes_(max_bytes) {}

  // Idempotent. DataLoss: the bytes do not have this hash. InvalidArgument: larger than the cache. ResourceExhausted: what
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
    std::list<std::string>::iterator use;  // place in uses_
  };

  void Touch(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void MakeRoom(int64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const int64_t max_bytes_;
  mutable Mutex mu_;
  std::map<std::string, Entry, std::less<>> entries_ ABSL_GUARDED_BY(mu_);
  std::list<std::string> uses_ ABSL_GUARDED_BY(mu_);  // hashes, the most recently used first
  int64_t size_bytes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_ARTIFACT_CACHE_H_
