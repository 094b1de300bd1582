// Servers and channels, made the same way by every program.
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

struct ListenOptions {
  std::string address;  // "HOST:PORT"; port 0: a free one
  TlsFiles tls;
};

// What every server of ours receives at most, kMaxMessageBytes; StartServer sets it. For a server without an
// address.
void SetMessageLimit(grpc::ServerBuilder& builder);
// The same for a channel; OpenChannel sets it. For a channel within the process.
grpc::ChannelArguments LimitedChannelArguments();

// Starts the server that `builder` describes (its services are registered). `port` receives the port.
// InvalidArgument: an address outside of this machine without certificates; no HOST:PORT. NotFound: a
// certificate cannot be read. Unavailable: the port is in use, or the address is not this machine's.
absl::StatusOr<std::unique_ptr<grpc::Server>> StartServer(const ListenOptions& options,
                                                          grpc::ServerBuilder& builder, int& port);

// A channel that reconnects quickly (at most 2 s between attempts) and notices a dead peer. Does not connect
// yet. Codes as ServerCredentials.
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const std::string& address, const TlsFiles& tls);

}  // namespace diapason

#endif  // DIAPASON_PROTO_RPC_GRPC_ENDPOINT_H_
