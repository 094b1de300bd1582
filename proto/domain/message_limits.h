// How large messages and artifacts on the network may be, in bytes. All limits are defined here.
//
// gRPC does not receive messages above a limit (4 MiB by default), and a message that is too large fails
// at every attempt. So whoever fills a message with repeated elements uses BatchBudget and stops at
// kMaxBatchBytes, far below the limit; the rest is sent with the next call. A single element may be larger
// than kMaxBatchBytes, but must be smaller than kMaxMessageBytes.
#ifndef DIAPASON_PROTO_DOMAIN_MESSAGE_LIMITS_H_
#define DIAPASON_PROTO_DOMAIN_MESSAGE_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "google/protobuf/message_lite.h"

namespace diapason {

// The largest message that our servers and channels receive (grpc_endpoint.h). The largest message in
// practice is a job's request: the workloads of a large model and the user's sketches have some MiB.
inline constexpr size_t kMaxMessageBytes = 32 << 20;

// The size at which a batch of repeated elements ends. It takes a quarter of a second on a link of 4
// MiB/s.
inline constexpr size_t kMaxBatchBytes = 1 << 20;

// The largest artifact. Artifacts are sent in chunks (proto/rpc/artifact_stream.h). The largest artifacts
// of real models have some MiB. A larger artifact than this is refused at every place where it arrives,
// and trying again does not help.
inline constexpr size_t kMaxArtifactBytes = 256 << 20;

// Counts the bytes of a batch while it is filled. One object for each batch.
class BatchBudget {
 public:
  // Returns whether `element` still fits, and if so counts it. The first element always fits.
  bool Take(const google::protobuf::MessageLite& element) {
    const size_t bytes = element.ByteSizeLong() + kOverhead;
    if (taken_ > 0 && taken_ + bytes > kMaxBatchBytes) return false;
    taken_ += bytes;
    return true;
  }

 private:
  static constexpr size_t kOverhead = 8;  // the element's tag and length
  size_t taken_ = 0;
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_MESSAGE_LIMITS_H_
