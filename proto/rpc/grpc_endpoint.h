// gRPC servers and channels with the settings that all programs share: credentials, message limits,
// reconnecting.
#ifndef DIAPASON_PROTO_RPC_GRPC_ENDPOINT_H_
#define DIAPASON_PROTO_RPC_GRPC_ENDPOINT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/channel_arguments.h"
#include "proto/rpc/credentials.h"

namespace diapason {

// Where a server listens.
struct ListenOptions {
  std::string address;  // "HOST:PORT"; port 0 takes a free port
  TlsOptions tls;       // may be empty if the address is on loopback
};

// Returns OK if a server may listen there. InvalidArgument: the address is not HOST:PORT, or it can be
// reached from other machines and there are no certificates.
absl::Status CheckListen(const ListenOptions& options);

// Sets the largest message that a server receives to kMaxMessageBytes. StartServer calls it; call it
// yourself only for a server without an address.
void SetMessageLimit(grpc::ServerBuilder& builder);
// Returns the same limit for a channel. OpenChannel uses it; use it yourself only for a channel inside of
// one process.
grpc::ChannelArguments LimitedChannelArguments();

// Starts the server that `builder` describes; its services must be registered already. `port` is set to
// the port that the server listens on. Returns the errors of CheckListen. NotFound: a certificate cannot be
// read. Unavailable: the port is in use, or the address does not belong to this machine.
absl::StatusOr<std::unique_ptr<grpc::Server>> StartServer(const ListenOptions& options,
                                                          grpc::ServerBuilder& builder, int& port);

// Opens a channel that reconnects quickly (with at most 2 s between attempts) and notices when the other
// side is gone. It does not connect yet. Returns the errors of CheckProtection and ChannelCredentials.
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const std::string& address, const TlsOptions& tls);

}  // namespace diapason

#endif  // DIAPASON_PROTO_RPC_GRPC_ENDPOINT_H_
