#include "proto/rpc/grpc_endpoint.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "grpc/support/log.h"
#include "grpcpp/create_channel.h"
#include "proto/base/status_macros.h"
#include "proto/domain/message_limits.h"

namespace diapason {
namespace {

// gRPC would print its own messages about failures that we report ourselves.
void SilenceGrpc() {
  gpr_set_log_function([](gpr_log_func_args*) {});
}

}  // namespace

absl::Status CheckListen(const ListenOptions& options) {
  const absl::string_view address = options.address;
  const size_t colon = address.rfind(':');
  int port = 0;
  if (!absl::StartsWith(address, "unix:") &&
      (colon == absl::string_view::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 ||
       port > 65535)) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on \"", address,
                     "\": the address must have the form HOST:PORT, with a port from 0 to 65535"));
  }
  return CheckProtection(options.tls, address, "cannot listen on");
}

void SetMessageLimit(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(kMaxMessageBytes));
}

grpc::ChannelArguments LimitedChannelArguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMaxMessageBytes));
  return arguments;
}

absl::StatusOr<std::unique_ptr<grpc::Server>> StartServer(const ListenOptions& options,
                                                          grpc::ServerBuilder& builder, int& port) {
  SilenceGrpc();
  DIAPASON_RETURN_IF_ERROR(CheckListen(options));
  DIAPASON_ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> credentials,
                            ServerCredentials(options.tls));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // starting a second server on the port must fail
  // Clients send pings during long polls to notice a dead connection. With its default, gRPC would refuse
  // that many pings.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  SetMessageLimit(builder);
  builder.AddListeningPort(options.address, credentials, &port);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.address,
                                               ": the port is in use, or the address is not this machine's"));
  }
  return server;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const std::string& address,
                                                           const TlsOptions& tls) {
  SilenceGrpc();
  DIAPASON_RETURN_IF_ERROR(CheckProtection(tls, address, "cannot connect to"));
  DIAPASON_ASSIGN_OR_RETURN(std::shared_ptr<grpc::ChannelCredentials> credentials, ChannelCredentials(tls));
  grpc::ChannelArguments arguments = LimitedChannelArguments();
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // gRPC also uses this value as the time limit of one attempt to connect. A TLS handshake with a busy
  // machine can take seconds.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  // Agent and tracker are on one network, so a proxy that is set in the environment must not be used.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

}  // namespace diapason
