// Converts absl::Status to grpc::Status and back. Both use the same numbers for their codes.
#ifndef DIAPASON_PROTO_RPC_GRPC_STATUS_H_
#define DIAPASON_PROTO_RPC_GRPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace diapason {

grpc::Status ToGrpc(const absl::Status& status);
// If an error has no message, adds one that says what its code means (status_words.h).
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace diapason

#endif  // DIAPASON_PROTO_RPC_GRPC_STATUS_H_
