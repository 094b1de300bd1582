#include "tuner/build/artifact_cache.h"

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "proto/base/content_hash.h"

namespace diapason::tuner {

std::string BuildKey(v1::BuildRequest request) {
  request.clear_id();
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  return ContentHash(bytes);
}

const v1::BuildResponse* ArtifactCache::Get(absl::string_view key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &found->second->response;
}

void ArtifactCache::Put(const std::string& key, const v1::BuildResponse& response) {
  if (index_.contains(key)) return;
  entries_.push_front({key, response});
  index_[key] = entries_.begin();
  bytes_ += static_cast<int64_t>(response.ByteSizeLong());
  while (bytes_ > capacity_bytes_ && entries_.size() > 1) {
    bytes_ -= static_cast<int64_t>(entries_.back().response.ByteSizeLong());
    index_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

}  // namespace diapason::tuner
