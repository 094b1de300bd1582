// Converts absl::Status to grpc::Status and back. Both use the same numbers for their codes.
#ifndef DIAPASON_PROTO_RPC_GRPC_STATUS_H_
#define DIAPASON_PROTO_RPC_GRPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace diapason {

// Returns the same code and message. Payloads are lost.
grpc::Status ToGrpc(const absl::Status& status);

// Returns the same code and message. An error without a message gets one that says what its code means
// (status_words.h).
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace diapason

#endif  // DIAPASON_PROTO_RPC_GRPC_STATUS_H_
