// Which side may make which calls. With certificates, both sides prove who they are (mutual TLS), and the
// organizational unit (OU) of a certificate is the role of its holder. Without certificates, servers listen
// on loopback only and clients connect to loopback only, unless the user says `--insecure`.
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
#include "proto/rpc/caller.h"

namespace diapason {

// How connections are protected. The texts are the paths of PEM files: either all three are given or none.
struct TlsOptions {
  std::string cert;       // our own certificate, followed by its chain
  std::string key;        // the private key of `cert`
  std::string ca;         // the authority that signed the other side's certificates
  bool insecure = false;  // without files, work with other machines, too

  // Whether at least one of the files is given.
  bool given() const { return !cert.empty() || !key.empty() || !ca.empty(); }
};

// The help text of the option --insecure of all programs.
inline constexpr char kInsecureHelp[] =
    "without certificates, work with other machines, too: everybody on the network can then read, change and "
    "forge what is sent";

// Reads the files and makes credentials for a server from them. Without files, connections are not encrypted.
// InvalidArgument: one or two of the three files are not given. NotFound: a file cannot be read.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(const TlsOptions& files);

// The same for a client.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials(const TlsOptions& files);

// Returns whether the address can be reached from this machine only, e.g. "127.0.0.1:9190", "localhost:0",
// "[::1]:9190" or "unix:PATH". The name "127.example.org" is not such an address.
bool IsLoopback(absl::string_view address);

// Returns OK if a connection with these options may be opened to, or accepted at, the address. Otherwise
// returns InvalidArgument; its message begins with `action`, e.g. "cannot connect to".
absl::Status CheckProtection(const TlsOptions& tls, absl::string_view address, absl::string_view action);

// The role of a certificate's holder: "agent", "user" or "admin".
enum class Role { kAgent, kUser, kAdmin };

// Returns who the other side of a call is, if it may make the call. A peer whose certificate has one of the
// `allowed` roles and a common name may, and an admin may do everything. A peer without a certificate may,
// too, because without certificates a server listens on loopback only, or the user has said that it is
// insecure. Otherwise returns PermissionDenied.
absl::StatusOr<Caller> CallerOf(const grpc::AuthContext& peer, std::initializer_list<Role> allowed);
// The same for a peer with this certificate, which must have been verified.
absl::StatusOr<Caller> CallerOfCertificate(absl::string_view pem, std::initializer_list<Role> allowed);

}  // namespace diapason

#endif  // DIAPASON_PROTO_RPC_CREDENTIALS_H_
