// Responses of finished builds by the hash of their request, the least recently used dropped first. Not thread-safe.
#ifndef DIAPASON_TUNER_BUILD_ARTIFACT_CACHE_H_
#define DIAPASON_TUNER_BUILD_ARTIFACT_CACHE_H_

#include <cstdint>
#include <list>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/builder.pb.h"

namespace diapason::tuner {

// The identity of a request: all of its fields but the id.
std::string BuildKey(v1::BuildRequest request);

class ArtifactCache {
 public:
  explicit ArtifactCache(int64_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  // Null: not held. Valid until the next Put.
  const v1::BuildResponse* Get(absl::string_view key);
  void Put(const std::string& key, const v1::BuildResponse& response);

 private:
  struct Entry {
    std::string key;
    v1::BuildResponse response;
  };
  const int64_t capacity_bytes_;
  int64_t bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first
  absl::flat_hash_map<std::string, std::list<Entry>::iterator> index_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_BUILD_ARTIFACT_CACHE_H_
