#include "tuner/page/http_server.h"

#include <httplib.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "proto/base/status_macros.h"
#include "proto/rpc/credentials.h"

namespace diapason::tuner {
namespace {

constexpr int kReadSeconds = 10;      // that a client may take to send the next bytes of a request
constexpr int kWriteSeconds = 10;     // that it may take to receive the next bytes of an answer
constexpr int kKeepAliveSeconds = 5;  // that an idle connection stays open
constexpr int kRequestsPerConnection = 100;

// The page loads only what this server sends, and nobody may show it inside of another page. Charts have the
// lengths of their bars in attributes, hence the inline styles.
constexpr char kContentPolicy[] =
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

HttpResponse Refusal(int status, absl::string_view why) {
  HttpResponse response;
  response.status = status;
  response.type = "text/plain; charset=utf-8";
  response.body = absl::StrCat(why, "\n");
  return response;
}

// The client's certificate as PEM, or "" if it sent none.
std::string CertificateOf(const SSL* ssl) {
  X509* certificate = SSL_get_peer_certificate(ssl);
  if (certificate == nullptr) return "";
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  const std::string pem(data, static_cast<size_t>(size));
  BIO_free(bio);
  X509_free(certificate);
  return pem;
}

// The server of cpp-httplib for these options. The files are read by OpenSSL.
absl::StatusOr<std::unique_ptr<httplib::Server>> MakeServer(const TlsOptions& tls) {
  if (!tls.given()) return std::make_unique<httplib::Server>();
  auto server = std::make_unique<httplib::SSLServer>([&](SSL_CTX& context) {
    SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    // OpenSSL resumes a session only if it is bound to a name.
    const unsigned char name[] = "diapason";
    SSL_CTX_set_session_id_context(&context, name, sizeof name - 1);
    return SSL_CTX_use_certificate_chain_file(&context, tls.cert.c_str()) == 1 &&
           SSL_CTX_use_PrivateKey_file(&context, tls.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_check_private_key(&context) == 1 &&
           SSL_CTX_load_verify_locations(&context, tls.ca.c_str(), nullptr) == 1;
  });
  if (!server->is_valid()) {
    return absl::InvalidArgumentError(absl::StrCat("the certificate ", tls.cert, ", its key ", tls.key,
                                                   " and the authority ", tls.ca,
                                                   " do not fit together; check the three files"));
  }
  return server;
}

class Server final : public HttpServer {
 public:
  Server(const ListenOptions& options, std::unique_ptr<httplib::Server> server, Handler handler)
      : options_(options), handler_(std::move(handler)), server_(std::move(server)) {
    server_->new_task_queue = [] { return new httplib::ThreadPool(kHttpConnections); };
    server_->set_payload_max_length(kHttpBodyBytes);
    server_->set_read_timeout(kReadSeconds);
    server_->set_write_timeout(kWriteSeconds);
    server_->set_keep_alive_timeout(kKeepAliveSeconds);
    server_->set_keep_alive_max_count(kRequestsPerConnection);
    server_->set_tcp_nodelay(true);
    // A second server on this port must fail to start; httplib would share the port.
    server_->set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_->set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      const HttpResponse refusal = Check(request);
      if (refusal.status == 200) return httplib::Server::HandlerResponse::Unhandled;
      Send(refusal, response);
      return httplib::Server::HandlerResponse::Handled;
    });
    const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
      Answer(request, response);
    };
    server_->Get(".*", answer);
    server_->Post(".*", answer);
    server_->set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (!response.body.empty()) return;
      response.set_content(absl::StrCat("HTTP error ", response.status, "\n"), "text/plain; charset=utf-8");
    });
  }

  ~Server() override {
    ending_ = true;
    server_->stop();
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Listen() {
    const size_t colon = options_.address.rfind(':');
    std::string host = options_.address.substr(0, colon);
    if (absl::StartsWith(host, "[")) host = host.substr(1, host.size() - 2);
    const int port = std::stoi(options_.address.substr(colon + 1));  // CheckListen has read it
    port_ = port == 0 ? server_->bind_to_any_port(host) : server_->bind_to_port(host, port) ? port : -1;
    if (port_ < 0) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on ", options_.address,
                       ": the port is in use, or the address is not this machine's"));
    }
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) std::this_thread::yield();  // stop() has no effect before
    return absl::OkStatus();
  }

  int port() const override { return port_; }

 private:
  // What is wrong with a request before its body is read; status 200 if nothing is.
  HttpResponse Check(const httplib::Request& request) const {
    if (request.method != "GET" && request.method != "HEAD" && request.method != "POST")
      return Refusal(405, "only GET and POST are answered here");
    // httplib does not limit such a body.
    if (request.has_header("Transfer-Encoding")) return Refusal(411, "the request's length is missing");
    const std::string host = request.get_header_value("Host");
    if (!options_.tls.given() && IsLoopback(options_.address)) {
      const bool with_port = absl::StrContains(host.substr(host.rfind(']') + 1), ':');
      if (!IsLoopback(with_port ? host : absl::StrCat(host, ":80")))
        return Refusal(403, "this server answers only to localhost, 127.0.0.1 and [::1]");
    }
    if (request.method == "POST") {
      const std::string origin = request.get_header_value("Origin");
      const std::string site = request.get_header_value("Sec-Fetch-Site");
      const std::string own = absl::StrCat(options_.tls.given() ? "https://" : "http://", host);
      if ((!origin.empty() && origin != own) || (!site.empty() && site != "same-origin"))
        return Refusal(403, "a page of another site sent this request");
    }
    if (const auto caller = CallerOfRequest(request); !caller.ok())
      return Refusal(403, caller.status().message());
    return {};
  }

  static absl::StatusOr<Caller> CallerOfRequest(const httplib::Request& request) {
    if (request.ssl == nullptr) return Caller();
    return CallerOfCertificate(CertificateOf(request.ssl), {Role::kUser});
  }

  void Answer(const httplib::Request& request, httplib::Response& response) {
    HttpRequest plain;
    const auto caller = CallerOfRequest(request);
    if (!caller.ok()) return Send(Refusal(403, caller.status().message()), response);
    plain.caller = *caller;
    plain.method = request.method == "POST" ? "POST" : "GET";
    plain.path = request.path;
    const bool form = plain.method == "POST";  // httplib puts the fields of a form where it puts the query's
    for (const auto& [name, value] : request.params) (form ? plain.form : plain.query).emplace(name, value);
    Send(handler_(plain), response);
  }

  void Send(const HttpResponse& from, httplib::Response& to) {
    if (from.stream && streams_.fetch_add(1) >= kHttpStreams) {
      streams_.fetch_sub(1);
      return Send(Refusal(503, "too many pages are open; close some"), to);
    }
    to.status = from.status;
    to.set_header("Content-Security-Policy", kContentPolicy);
    to.set_header("X-Content-Type-Options", "nosniff");
    to.set_header("Referrer-Policy", "same-origin");
    to.set_header("Cache-Control", "no-store");
    for (const auto& [name, value] : from.headers) to.set_header(name, value);
    if (!from.stream) return to.set_content(from.body, from.type);
    to.set_chunked_content_provider(
        from.type,
        [this, stream = from.stream](size_t, httplib::DataSink& sink) {
          stream([&](absl::string_view part) { return !ending_ && sink.write(part.data(), part.size()); });
          sink.done();
          return true;
        },
        [this](bool) { streams_.fetch_sub(1); });
  }

  const ListenOptions options_;
  const Handler handler_;
  const std::unique_ptr<httplib::Server> server_;
  std::atomic<bool> ending_ = false;
  std::atomic<int> streams_ = 0;
  int port_ = 0;
  std::thread thread_;  // accepts connections
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const ListenOptions& options, Handler handler) {
  DIAPASON_RETURN_IF_ERROR(CheckListen(options));
  if (absl::StartsWith(options.address, "unix:"))
    return absl::InvalidArgumentError("the page needs an address of the form HOST:PORT, for browsers");
  // This reads the three files, so that its messages say which one is missing.
  DIAPASON_RETURN_IF_ERROR(ServerCredentials(options.tls).status());
  DIAPASON_ASSIGN_OR_RETURN(std::unique_ptr<httplib::Server> server, MakeServer(options.tls));
  auto listening = std::make_unique<Server>(options, std::move(server), std::move(handler));
  DIAPASON_RETURN_IF_ERROR(listening->Listen());
  return listening;
}

}  // namespace diapason::tuner
