// Responses of finished builds by the hash of their request; the least recently used ones are dropped first.
// Not thread-safe: the builder pool's mutex guards it.
#ifndef DIAPASON_TUNER_BUILD_BUILD_CACHE_H_
#define DIAPASON_TUNER_BUILD_BUILD_CACHE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "diapason/v1/builder.pb.h"
#include "proto/base/lru_cache.h"

namespace diapason::tuner {

// The identity of a request: all of its fields but the id.
std::string BuildKey(v1::BuildRequest request);

class BuildCache {
 public:
  explicit BuildCache(int64_t max_bytes) : max_bytes_(max_bytes) {}

  // Returns null if the response is not held. It stays valid until the next Put.
  const v1::BuildResponse* Get(absl::string_view key) { return responses_.Get(key); }

  // Keeps the response, whatever its size, and drops others if all together are too large.
  void Put(const std::string& key, const v1::BuildResponse& response);

 private:
  const int64_t max_bytes_;
  LruCache<v1::BuildResponse> responses_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_BUILD_BUILD_CACHE_H_
