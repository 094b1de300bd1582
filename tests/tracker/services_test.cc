// The services over loopback: artifacts in chunks, codes, and who may call what.
#include "tracker/services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "proto/support/content_hash.h"
#include "proto/support/grpc_endpoint.h"
#include "proto/support/protocol_version.h"
#include "tests/tracker/certificates.h"

namespace diapason::tracker {
namespace {

using ::testing::HasSubstr;

// A server on a free port of loopback.
class ServicesTest : public testing::Test {
 protected:
  ServicesTest() : folder_(testing::TempDir() + "/services-" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~ServicesTest() override {
    services_.Shutdown();
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
    std::filesystem::remove_all(folder_);
  }

  void Start(const TlsFiles& tls = {}) {
    grpc::ServerBuilder builder;
    services_.Register(builder);
    auto server = StartServer({"127.0.0.1:0", tls}, builder, port_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::shared_ptr<grpc::Channel> Channel(const TlsFiles& tls = {}) {
    auto channel = OpenChannel("localhost:" + std::to_string(port_), tls);
    EXPECT_TRUE(channel.ok()) << channel.status();
    return *std::move(channel);
  }

  static grpc::Status Upload(v1::TrackerService::Stub& stub, const std::string& hash,
                             const std::string& bytes) {
    grpc::ClientContext context;
    v1::UploadArtifactResponse response;
    auto writer = stub.UploadArtifact(&context, &response);
    for (size_t begin = 0; begin < bytes.size() || begin == 0; begin += 1000) {
      v1::ArtifactChunk chunk;
      if (begin == 0) chunk.set_hash(hash);
      chunk.set_data(bytes.substr(begin, 1000));
      writer->Write(chunk);
    }
    writer->WritesDone();
    return writer->Finish();
  }

  static grpc::Status Fetch(v1::AgentService::Stub& stub, const std::string& hash, std::string& bytes) {
    grpc::ClientContext context;
    v1::FetchArtifactRequest request;
    request.set_hash(hash);
    auto reader = stub.FetchArtifact(&context, request);
    for (v1::ArtifactChunk chunk; reader->Read(&chunk);) bytes += chunk.data();
    return reader->Finish();
  }

  static grpc::Status Synchronize(v1::AgentService::Stub& stub) {
    grpc::ClientContext context;
    v1::SynchronizeRequest request;
    request.set_protocol_version(kAgentProtocolVersion);
    request.set_session_id("s1");
    request.mutable_device()->set_device_id("box-1");
    v1::SynchronizeResponse response;
    return stub.Synchronize(&context, request, &response);
  }

  static grpc::Status ListDevices(v1::TrackerService::Stub& stub) {
    grpc::ClientContext context;
    v1::ListDevicesResponse response;
    return stub.ListDevices(&context, {}, &response);
  }

  const std::string folder_;
  SystemClock clock_;
  TrackerServices services_{clock_};
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

TEST_F(ServicesTest, ArtifactsGoUpAndDownInChunks) {
  Start();
  auto tuner = v1::TrackerService::NewStub(Channel());
  auto agent = v1::AgentService::NewStub(Channel());
  std::string bytes;
  for (int i = 0; i < 1'000'000; ++i) bytes.push_back(static_cast<char>(i * 7 >> 3));
  ASSERT_TRUE(Upload(*tuner, ContentHash(bytes), bytes).ok());
  std::string fetched;
  ASSERT_TRUE(Fetch(*agent, ContentHash(bytes), fetched).ok());
  EXPECT_EQ(fetched, bytes);
}

TEST_F(ServicesTest, CodesComeThrough) {
  Start();
  auto tuner = v1::TrackerService::NewStub(Channel());
  auto agent = v1::AgentService::NewStub(Channel());
  EXPECT_EQ(Upload(*tuner, ContentHash("x"), "y").error_code(), grpc::StatusCode::DATA_LOSS);
  std::string bytes;
  EXPECT_EQ(Fetch(*agent, ContentHash("x"), bytes).error_code(), grpc::StatusCode::NOT_FOUND);
  grpc::ClientContext context;
  v1::SynchronizeResponse response;
  const grpc::Status status = agent->Synchronize(&context, {}, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("protocol version 0"));
}

TEST_F(ServicesTest, ThePortIsTaken) {
  Start();
  TrackerServices others(clock_);
  grpc::ServerBuilder builder;
  others.Register(builder);
  int port = 0;
  const auto second = StartServer({"127.0.0.1:" + std::to_string(port_), {}}, builder, port);
  EXPECT_TRUE(absl::IsUnavailable(second.status())) << second.status();
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("in use"));
}

TEST_F(ServicesTest, WithoutCertificatesOnlyLoopback) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "box-1:0"}) {
    grpc::ServerBuilder builder;
    int port = 0;
    const auto server = StartServer({address, {}}, builder, port);
    EXPECT_TRUE(absl::IsInvalidArgument(server.status())) << address;
  }
  EXPECT_TRUE(IsLoopback("127.0.0.1:9190"));
  EXPECT_TRUE(IsLoopback("[::1]:9190"));
  EXPECT_FALSE(IsLoopback("10.0.0.1:9190"));
}

TEST_F(ServicesTest, RolesComeFromTheCertificate) {
  TestAuthority authority(folder_);
  Start(authority.Issue("server", "server"));
  const auto agents = Channel(authority.Issue("box-1", "agent"));
  const auto users = Channel(authority.Issue("alice", "user"));
  const auto admins = Channel(authority.Issue("root", "admin"));
  const auto others = Channel(authority.Issue("mallory", "accounting"));
  const auto allowed = grpc::StatusCode::OK;
  const auto denied = grpc::StatusCode::PERMISSION_DENIED;
  EXPECT_EQ(Synchronize(*v1::AgentService::NewStub(agents)).error_code(), allowed);
  EXPECT_EQ(ListDevices(*v1::TrackerService::NewStub(agents)).error_code(), denied);
  EXPECT_EQ(Synchronize(*v1::AgentService::NewStub(users)).error_code(), denied);
  EXPECT_EQ(ListDevices(*v1::TrackerService::NewStub(users)).error_code(), allowed);
  EXPECT_EQ(Synchronize(*v1::AgentService::NewStub(admins)).error_code(), allowed);
  EXPECT_EQ(ListDevices(*v1::TrackerService::NewStub(admins)).error_code(), allowed);
  const grpc::Status status = ListDevices(*v1::TrackerService::NewStub(others));
  EXPECT_EQ(status.error_code(), denied);
  EXPECT_THAT(status.error_message(), HasSubstr("accounting"));
}

TEST_F(ServicesTest, StrangersDoNotGetIn) {
  const std::string elsewhere = folder_ + "/elsewhere";
  std::filesystem::create_directories(elsewhere);
  TestAuthority authority(folder_);
  TestAuthority stranger(elsewhere);
  Start(authority.Issue("server", "server"));
  EXPECT_EQ(ListDevices(*v1::TrackerService::NewStub(Channel())).error_code(), grpc::StatusCode::UNAVAILABLE)
      << "no certificate";
  TlsFiles forged = stranger.Issue("eve", "admin");
  forged.ca = folder_ + "/ca.pem";
  EXPECT_EQ(ListDevices(*v1::TrackerService::NewStub(Channel(forged))).error_code(),
            grpc::StatusCode::UNAVAILABLE)
      << "signed by another authority";
}

TEST_F(ServicesTest, CertificatesAreCheckedAtTheStart) {
  EXPECT_TRUE(absl::IsInvalidArgument(ServerCredentials({"cert.pem", "", ""}).status()));
  EXPECT_TRUE(absl::IsNotFound(ChannelCredentials({"no.pem", "no.key", "no-ca.pem"}).status()));
}

}  // namespace
}  // namespace diapason::tracker
