// How large what crosses the network may be: the only place that says it. Bytes.
//
// gRPC refuses to receive messages above a limit (4 MiB unless it is told otherwise), and a message that is
// refused is refused at every try. So whoever puts repeated messages together stops at kMaxBatchBytes, far
// below the limit, and the rest goes with the next call (BatchBudget); one element alone may be larger and
// stays below kMaxMessageBytes.
#ifndef DIAPASON_PROTO_DOMAIN_MESSAGE_LIMITS_H_
#define DIAPASON_PROTO_DOMAIN_MESSAGE_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "google/protobuf/message_lite.h"

namespace diapason {

// What all our servers and channels receive at most (grpc_endpoint.h). A job's request is the largest message
// there is: the workloads of a large model and the user's sketches, some MiB.
inline constexpr size_t kMaxMessageBytes = 32 << 20;

// Where a batch of repeated messages ends: with a quarter of a second on a link of 4 MiB/s.
inline constexpr size_t kMaxBatchBytes = 1 << 20;

// Of an artifact, which travels in chunks (proto/rpc/artifact_stream.h). The largest artifacts of real models
// are some MiB; one above this bound is refused wherever it appears: for good, it will not become smaller.
inline constexpr size_t kMaxArtifactBytes = 256 << 20;

// Says what still goes into a batch: always the first element, then those that the bytes left allow.
class BatchBudget {
 public:
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
