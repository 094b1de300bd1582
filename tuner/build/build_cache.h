// Keeps the responses of finished builds, found by the hash of their request. When they exceed a size, the
// least recently used ones are dropped. Not thread-safe: the builder pool's mutex guards it.
#ifndef DIAPASON_TUNER_BUILD_BUILD_CACHE_H_
#define DIAPASON_TUNER_BUILD_BUILD_CACHE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "diapason/v1/builder.pb.h"
#include "proto/base/lru_cache.h"

namespace diapason::tuner {

// Returns the hash of all fields of a request except its id. Equal requests have equal keys.
std::string BuildKey(v1::BuildRequest request);

class BuildCache {
 public:
  explicit BuildCache(int64_t max_bytes) : max_bytes_(max_bytes) {}

  // Returns null if there is no response for `key`. The pointer stays valid until the next Put.
  const v1::BuildResponse* Get(absl::string_view key) { return responses_.Get(key); }

  // Stores the response, even if it alone is larger than the limit, and then drops others until all
  // together fit.
  void Put(const std::string& key, const v1::BuildResponse& response);

 private:
  const int64_t max_bytes_;
  LruCache<v1::BuildResponse> responses_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_BUILD_BUILD_CACHE_H_
