// Who may talk to whom. With certificates both sides prove who they are (mutual TLS), and the certificate's
// organizational unit (OU) is its holder's role. Without them a server listens on loopback only.
#ifndef DIAPASON_PROTO_RPC_CREDENTIALS_H_
#define DIAPASON_PROTO_RPC_CREDENTIALS_H_

#include <initializer_list>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"

namespace diapason {

// Paths of PEM files; all three are given, or none.
struct TlsFiles {
  std::string cert;  // own certificate, followed by its chain
  std::string key;   // its private key
  std::string ca;    // authority that signed the other side's certificates

  bool given() const { return !cert.empty() || !key.empty() || !ca.empty(); }
};

// InvalidArgument: one or two of the files are missing on the command line. NotFound: a file cannot be read.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(const TlsFiles& files);
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials(const TlsFiles& files);

// "127.0.0.1:9190", "localhost:0", "[::1]:9190", "unix:PATH": reachable from this machine only.
bool IsLoopback(absl::string_view address);

enum class Role { kAgent, kUser, kAdmin };

// Whether the peer of a call may make it. OK for a peer without certificate: such a server is on loopback
// only. PermissionDenied: the certificate's OU is none of `allowed` ("agent", "user"); "admin" may do
// everything.
absl::Status CheckRole(const grpc::AuthContext& peer, std::initializer_list<Role> allowed);

}  // namespace diapason

#endif  // DIAPASON_PROTO_RPC_CREDENTIALS_H_
