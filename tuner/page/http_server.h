// The HTTP server of a tuner-server (--http), on cpp-httplib. It protects what the handler may do:
//
// - Without certificates it listens on loopback only, unless the user says --insecure. With certificates it
//   speaks TLS 1.2 or newer, and takes only clients with a certificate that the authority signed, whose role
//   is user or admin, as gRPC calls need it (proto/rpc/credentials.h).
// - A page of another site cannot use a visitor's browser to reach it: a request whose Host is not an address
//   of this server is refused on loopback (DNS rebinding), and so is a POST that another site's page sends
//   (Origin).
// - Requests are bounded in size and time, and connections and streams in number.
#ifndef DIAPASON_TUNER_PAGE_HTTP_SERVER_H_
#define DIAPASON_TUNER_PAGE_HTTP_SERVER_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "proto/rpc/grpc_endpoint.h"
#include "tuner/page/http_message.h"

namespace diapason::tuner {

// The most connections that are served at the same time; the next ones wait.
inline constexpr int kHttpConnections = 64;
// The most streams (HttpResponse.stream) among them. One more is answered with 503, so that open pages cannot
// keep others out.
inline constexpr int kHttpStreams = 48;
// The largest body of a request, in bytes.
inline constexpr size_t kHttpBodyBytes = 1 << 20;

// Thread-safe.
class HttpServer {
 public:
  // Answers a request. Several threads call it at the same time.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  // Listens, and answers requests with `handler` until the server is destroyed. InvalidArgument: the
  // address is not HOST:PORT, it can be reached from other machines and there are no certificates, or
  // they do not fit. NotFound: a certificate cannot be read. Unavailable: the port is in use, or the
  // address does not belong to this machine.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const ListenOptions& options, Handler handler);

  virtual ~HttpServer() = default;  // ends all streams, and waits for the requests that run

  virtual int port() const = 0;  // on which it listens
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_PAGE_HTTP_SERVER_H_
