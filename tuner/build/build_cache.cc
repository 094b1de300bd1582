#include "tuner/build/build_cache.h"

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

void BuildCache::Put(const std::string& key, const v1::BuildResponse& response) {
  responses_.Put(key, response, static_cast<int64_t>(response.ByteSizeLong()));
  responses_.Trim(max_bytes_, 1, [](const std::string&, const v1::BuildResponse&) { return true; });
}

}  // namespace diapason::tuner
