// The HTTP server as a browser, and as a program that means ill, sees it.
#include "tuner/page/http_server.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/tracker/certificates.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

HttpResponse Echo(const HttpRequest& request) {
  HttpResponse response;
  response.body = absl::StrCat(request.method, " ", request.path, " x=", request.Query("x"));
  for (const auto& [name, value] : request.form) absl::StrAppend(&response.body, " ", name, ":", value);
  return response;
}

std::unique_ptr<HttpServer> StartServer(HttpServer::Handler handler = Echo) {
  auto server = HttpServer::Start({"127.0.0.1:0", {}}, std::move(handler));
  EXPECT_THAT(server, IsOk());
  return *std::move(server);
}

TEST(HttpServerTest, GivesTheRequestToTheHandler) {
  const auto server = StartServer();
  httplib::Client client("127.0.0.1", server->port());
  auto got = client.Get("/a%20b?x=1%2B1&x=2");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "GET /a b x=1+1");
  EXPECT_EQ(got->get_header_value("Content-Type"), "text/html; charset=utf-8");
  EXPECT_THAT(got->get_header_value("Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_EQ(got->get_header_value("Cache-Control"), "no-store");
  auto posted = client.Post("/p", httplib::Params{{"budget", "2 m"}});
  ASSERT_TRUE(posted);
  EXPECT_EQ(posted->body, "POST /p x= budget:2 m");
  EXPECT_EQ(client.Head("/h")->status, 200);
  EXPECT_EQ(client.Delete("/p")->status, 405);
}

// A page of the internet whose name resolves to 127.0.0.1 reaches the port, but not with our name.
TEST(HttpServerTest, AnswersOnlyToItsOwnNames) {
  const auto server = StartServer();
  httplib::Client client("127.0.0.1", server->port());
  const auto status = [&](const std::string& host) { return client.Get("/", {{"Host", host}})->status; };
  EXPECT_EQ(status("127.0.0.1"), 200);
  EXPECT_EQ(status("localhost:8080"), 200);
  EXPECT_EQ(status("[::1]:8080"), 200);
  for (const char* foreign :
       {"evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example"})
    EXPECT_EQ(status(foreign), 403) << foreign;
}

TEST(HttpServerTest, RefusesFormsOfOtherSites) {
  const auto server = StartServer();
  const std::string host = absl::StrCat("127.0.0.1:", server->port());
  httplib::Client client("127.0.0.1", server->port());
  const auto status = [&](const httplib::Headers& headers) {
    return client.Post("/jobs/1/cancel", headers, httplib::Params{{"a", "b"}})->status;
  };
  EXPECT_EQ(status({}), 200) << "a program that is not a browser";
  EXPECT_EQ(status({{"Origin", "http://" + host}}), 200);
  EXPECT_EQ(status({{"Origin", "http://evil.example"}}), 403);
  EXPECT_EQ(status({{"Origin", "null"}}), 403);
  EXPECT_EQ(status({{"Sec-Fetch-Site", "cross-site"}}), 403);
}

TEST(HttpServerTest, RequestsAreBounded) {
  const auto server = StartServer();
  httplib::Client client("127.0.0.1", server->port());
  EXPECT_EQ(client.Post("/", std::string(kHttpBodyBytes + 1, 'x'), "text/plain")->status, 413);
  EXPECT_EQ(client.Get("/", {{"Transfer-Encoding", "chunked"}})->status, 411);
  EXPECT_EQ(client.Get(("/" + std::string(20'000, 'a')).c_str())->status, 414);
}

// Streams live as long as their page is open. The limit keeps some connections for everybody else, and
// the end of the server ends them all.
TEST(HttpServerTest, StreamsAreBoundedAndEndWithTheServer) {
  std::atomic<int> running = 0;
  auto server = StartServer([&](const HttpRequest& request) {
    if (request.path != "/live") return Echo(request);
    HttpResponse response;
    response.type = "text/event-stream";
    response.stream = [&](const HttpSend& send) {
      ++running;
      while (send(": still here\n\n")) absl::SleepFor(absl::Milliseconds(20));
      --running;
    };
    return response;
  });
  std::vector<std::thread> readers;
  std::atomic<int> received = 0;
  for (int i = 0; i < kHttpStreams; ++i) {
    readers.emplace_back([&, port = server->port()] {
      httplib::Client client("127.0.0.1", port);
      bool first = true;
      client.Get("/live", [&](const char*, size_t) {
        if (first) ++received;
        first = false;
        return true;
      });
    });
    // One after the other: the queue of connections that the server has not accepted yet is short.
    for (int waits = 0; waits < 500 && received <= i; ++waits) absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(received, kHttpStreams);
  httplib::Client client("127.0.0.1", server->port());
  EXPECT_EQ(client.Get("/live")->status, 503);
  EXPECT_EQ(client.Get("/other")->status, 200);
  server.reset();
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(running, 0);
}

TEST(HttpServerTest, SaysWhyItCannotListen) {
  EXPECT_THAT(HttpServer::Start({"0.0.0.0:0", {}}, Echo),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("without certificates")));
  EXPECT_THAT(HttpServer::Start({"8080", {}}, Echo),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("HOST:PORT")));
  EXPECT_THAT(HttpServer::Start({"unix:/tmp/page", {}}, Echo),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("HOST:PORT")));
  const auto server = StartServer();
  EXPECT_THAT(HttpServer::Start({absl::StrCat("127.0.0.1:", server->port()), {}}, Echo),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("the port is in use")));
}

class HttpServerTlsTest : public ::testing::Test {
 protected:
  HttpServerTlsTest() {
    folder_ = absl::StrCat(::testing::TempDir(), "/http_server_test_", getpid());
    std::filesystem::create_directories(folder_);
    authority_ = std::make_unique<TestAuthority>(folder_);
    auto server = HttpServer::Start({"127.0.0.1:0", authority_->Issue("server", "admin")}, Echo);
    EXPECT_THAT(server, IsOk());
    server_ = *std::move(server);
  }
  ~HttpServerTlsTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  // The status of an answer to a client with these files, or 0 if the connection fails.
  int Status(const TlsOptions& files) {
    httplib::SSLClient client("localhost", server_->port(), files.cert, files.key);
    client.set_ca_cert_path((folder_ + "/ca.pem").c_str());
    const auto got = client.Get("/");
    return got ? got->status : 0;
  }

  std::string folder_;
  std::unique_ptr<TestAuthority> authority_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTlsTest, OnlyUsersAndAdminsMayRead) {
  EXPECT_EQ(Status(authority_->Issue("alice", "user")), 200);
  EXPECT_EQ(Status(authority_->Issue("root", "admin")), 200);
  EXPECT_EQ(Status(authority_->Issue("box-1", "agent")), 403);
  EXPECT_EQ(Status({}), 0) << "without a certificate";
  const std::string other = folder_ + "/other";
  std::filesystem::create_directories(other);
  EXPECT_EQ(Status(TestAuthority(other).Issue("alice", "user")), 0) << "of another authority";
  httplib::Client plain("127.0.0.1", server_->port());
  EXPECT_FALSE(plain.Get("/")) << "without TLS";
}

TEST_F(HttpServerTlsTest, FilesMustFit) {
  TlsOptions files = authority_->Issue("one", "admin");
  files.key = authority_->Issue("two", "admin").key;
  EXPECT_THAT(HttpServer::Start({"127.0.0.1:0", files}, Echo),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("do not fit together")));
  files.key = "/nowhere.key";
  EXPECT_THAT(HttpServer::Start({"127.0.0.1:0", files}, Echo),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nowhere.key")));
}

}  // namespace
}  // namespace diapason::tuner
