// Tests the services over loopback: artifacts in chunks, status codes, and which role may call what.
#include "tracker/services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "grpcpp/create_channel.h"
#include "proto/base/content_hash.h"
#include "proto/domain/protocol_version.h"
#include "proto/rpc/artifact_stream.h"
#include "proto/rpc/grpc_endpoint.h"
#include "tests/testing/status_matchers.h"
#include "tests/tracker/certificates.h"
#include "tests/tracker/tracker_fixture.h"

namespace diapason::tracker {
namespace {

using ::testing::HasSubstr;

// Runs a server on a free port of loopback.
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

  void Start(const TlsOptions& tls = {}) {
    grpc::ServerBuilder builder;
    services_.Register(builder);
    auto server = StartServer({"127.0.0.1:0", tls}, builder, port_);
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
  }

  std::shared_ptr<grpc::Channel> Channel(const TlsOptions& tls = {}) {
    auto channel = OpenChannel("localhost:" + std::to_string(port_), tls);
    EXPECT_THAT(channel, IsOk());
    return *std::move(channel);
  }

  static absl::Status Upload(v1::TrackerService::Stub& stub, const std::string& hash,
                             const std::string& bytes) {
    grpc::ClientContext context;
    return UploadArtifact(hash, bytes, context, stub);
  }

  static absl::StatusOr<std::string> Fetch(v1::AgentService::Stub& stub, const std::string& hash) {
    grpc::ClientContext context;
    return FetchArtifact(hash, context, stub);
  }

  static v1::SynchronizeRequest Announcement() {
    v1::SynchronizeRequest request;
    request.set_protocol_version(kAgentProtocolVersion);
    request.set_session_id("s1");
    request.mutable_device()->set_device_id("box-1");
    request.mutable_device()->set_kernel_abi_version(kKernelAbiVersion);
    request.mutable_device()->add_measure_protocol_versions(kMeasureProtocolVersion);
    return request;
  }

  static grpc::Status Synchronize(v1::AgentService::Stub& stub) {
    grpc::ClientContext context;
    v1::SynchronizeResponse response;
    return stub.Synchronize(&context, Announcement(), &response);
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

TEST_F(ServicesTest, ArtifactsGoUpAndDown) {
  Start();
  auto tuner = v1::TrackerService::NewStub(Channel());
  auto agent = v1::AgentService::NewStub(Channel());
  std::string bytes;
  for (int i = 0; i < 1'000'000; ++i) bytes.push_back(static_cast<char>(i * 7 >> 3));
  ASSERT_THAT(Upload(*tuner, ContentHash(bytes), bytes), IsOk());
  EXPECT_THAT(Fetch(*agent, ContentHash(bytes)), IsOkAndHolds(bytes));
}

TEST_F(ServicesTest, ErrorsOfTheServicesAreReturned) {
  Start();
  auto tuner = v1::TrackerService::NewStub(Channel());
  auto agent = v1::AgentService::NewStub(Channel());
  EXPECT_THAT(Upload(*tuner, ContentHash("x"), "y"), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Fetch(*agent, ContentHash("x")), StatusIs(absl::StatusCode::kNotFound));
  grpc::ClientContext context;
  v1::SynchronizeResponse response;
  EXPECT_THAT(agent->Synchronize(&context, {}, &response),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("protocol versions 0 to 0")));
}

// There are 12 MB of results that nobody has collected, and the client receives at most gRPC's default of
// 4 MiB.
TEST_F(ServicesTest, ManyUncollectedResultsComeThrough) {
  Start();
  auto agent = v1::AgentService::NewStub(Channel());
  auto tuner = v1::TrackerService::NewStub(
      grpc::CreateChannel("localhost:" + std::to_string(port_), grpc::InsecureChannelCredentials()));
  ASSERT_THAT(Upload(*tuner, ContentHash("kernel"), "kernel"), IsOk());
  constexpr int kTrials = 40;
  std::vector<std::string> ids;
  for (int i = 0; i < kTrials; ++i) ids.push_back("t" + std::to_string(i));
  grpc::ClientContext submit_context;
  v1::SubmitTrialsResponse submitted;
  ASSERT_THAT(tuner->SubmitTrials(&submit_context, SubmissionOf(ids), &submitted), IsOk());
  v1::SynchronizeRequest request = Announcement();
  request.set_free_slots(4);
  int done = 0;
  while (done < kTrials) {
    grpc::ClientContext context;
    v1::SynchronizeResponse response;
    ASSERT_THAT(agent->Synchronize(&context, request, &response), IsOk());
    ASSERT_GT(response.assignments_size(), 0);
    request.clear_results();
    for (const v1::Assignment& assignment : response.assignments()) {
      v1::LeasedResult& leased = *request.add_results();
      leased.mutable_result()->set_trial_id(assignment.request().trial_id());
      leased.mutable_result()->mutable_outcome()->set_kind(v1::OUTCOME_KIND_OK);
      for (int i = 0; i < 40'000; ++i) leased.mutable_result()->mutable_measurement()->add_samples_us(i);
      *leased.mutable_lease() = assignment.lease();
      ++done;
    }
  }
  grpc::ClientContext last_context;
  v1::SynchronizeResponse last;
  ASSERT_THAT(agent->Synchronize(&last_context, request, &last), IsOk());
  int collected = 0;
  v1::CollectResultsRequest collect;
  collect.set_client_id("tuner");
  for (int calls = 0; collected < kTrials && calls < kTrials; ++calls) {
    grpc::ClientContext context;
    v1::CollectResultsResponse response;
    const grpc::Status status = tuner->CollectResults(&context, collect, &response);
    ASSERT_THAT(status, IsOk());
    collect.clear_acknowledged_trial_ids();
    for (const v1::MeasureResult& result : response.results())
      collect.add_acknowledged_trial_ids(result.trial_id());
    collected += response.results_size();
  }
  EXPECT_EQ(collected, kTrials);
}

TEST_F(ServicesTest, ThePortIsTaken) {
  Start();
  TrackerServices others(clock_);
  grpc::ServerBuilder builder;
  others.Register(builder);
  int port = 0;
  const auto second = StartServer({"127.0.0.1:" + std::to_string(port_), {}}, builder, port);
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("in use")));
}

TEST_F(ServicesTest, WithoutCertificatesOnlyLoopback) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "box-1:0"}) {
    grpc::ServerBuilder builder;
    int port = 0;
    const auto server = StartServer({address, {}}, builder, port);
    EXPECT_THAT(server, StatusIs(absl::StatusCode::kInvalidArgument)) << address;
  }
  for (const char* address :
       {"192.0.2.1:9190", "box-1:9190", "127.example.org:9190", "localhost.example.org:1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
    EXPECT_THAT(OpenChannel(address, {}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--insecure")))
        << address;
    EXPECT_THAT(OpenChannel(address, {.insecure = true}), IsOk()) << address;
  }
  EXPECT_THAT(OpenChannel("127.0.0.1:9190", {}), IsOk());
  EXPECT_THAT(ChannelCredentials({.cert = "a", .key = "b", .ca = "c", .insecure = true}),
              StatusIs(absl::StatusCode::kInvalidArgument));
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
  const auto is_denied = StatusIs(absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(Synchronize(*v1::AgentService::NewStub(agents)), IsOk());
  EXPECT_THAT(ListDevices(*v1::TrackerService::NewStub(agents)), is_denied);
  EXPECT_THAT(Synchronize(*v1::AgentService::NewStub(users)), is_denied);
  EXPECT_THAT(ListDevices(*v1::TrackerService::NewStub(users)), IsOk());
  EXPECT_THAT(Synchronize(*v1::AgentService::NewStub(admins)), IsOk());
  EXPECT_THAT(ListDevices(*v1::TrackerService::NewStub(admins)), IsOk());
  EXPECT_THAT(ListDevices(*v1::TrackerService::NewStub(others)),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("accounting")));
}

TEST_F(ServicesTest, AnAgentSpeaksForTheDeviceInItsCertificate) {
  TestAuthority authority(folder_);
  Start(authority.Issue("server", "server"));
  const auto stub = v1::AgentService::NewStub(Channel(authority.Issue("box-2", "agent")));
  EXPECT_THAT(Synchronize(*stub),  // as box-1
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("--name box-2")));
  const auto nameless = v1::AgentService::NewStub(Channel(authority.Issue("", "agent")));
  EXPECT_THAT(Synchronize(*nameless),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("common name")));
  EXPECT_TRUE(services_.tracker().ListDevices().devices().empty());
}

TEST_F(ServicesTest, TrialsBelongToTheirUser) {
  TestAuthority authority(folder_);
  Start(authority.Issue("server", "server"));
  const auto alice = v1::TrackerService::NewStub(Channel(authority.Issue("alice", "user")));
  const auto bob = v1::TrackerService::NewStub(Channel(authority.Issue("bob", "user")));
  ASSERT_THAT(Upload(*alice, ContentHash("x"), "x"), IsOk());
  const auto submit = [&](v1::TrackerService::Stub& user, const std::string& client) {
    v1::SubmitTrialsRequest request;
    request.set_client_id(client);
    v1::TrialSubmission& trial = *request.add_trials();
    trial.set_job_id("job");
    trial.mutable_request()->set_trial_id("trial");
    trial.mutable_request()->set_artifact_hash(ContentHash("x"));
    trial.mutable_request()->set_reference_hash(ContentHash("x"));
    trial.mutable_request()->mutable_options()->set_protocol_version(kMeasureProtocolVersion);
    grpc::ClientContext context;
    v1::SubmitTrialsResponse response;
    return user.SubmitTrials(&context, request, &response);
  };
  const auto collect = [&](v1::TrackerService::Stub& user, const std::string& client) {
    v1::CollectResultsRequest request;
    request.set_client_id(client);
    grpc::ClientContext context;
    v1::CollectResultsResponse response;
    return user.CollectResults(&context, request, &response);
  };
  const auto cancel = [&](v1::TrackerService::Stub& user, const std::string& client) {
    v1::CancelTrialsRequest request;
    request.set_client_id(client);
    request.add_job_ids("job");
    grpc::ClientContext context;
    v1::CancelTrialsResponse response;
    return user.CancelTrials(&context, request, &response);
  };
  const auto is_denied = StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("belongs to another user"));
  ASSERT_THAT(submit(*alice, "server-1"), IsOk());
  EXPECT_THAT(submit(*bob, "server-1"), is_denied) << "alice's client";
  EXPECT_THAT(collect(*bob, "server-1"), is_denied);
  EXPECT_THAT(cancel(*bob, "server-1"), is_denied);
  EXPECT_THAT(submit(*bob, "server-2"), is_denied) << "alice's trial";
  EXPECT_THAT(cancel(*bob, "server-2"), IsOk()) << "bob has no trial of this job";
  EXPECT_THAT(submit(*alice, "server-3"), IsOk()) << "alice's next process";
  v1::SynchronizeRequest agent = Announcement();
  agent.set_free_slots(1);
  const auto synchronize = [&] { return *services_.tracker().Synchronize(agent, [] { return false; }); };
  EXPECT_EQ(synchronize().assignments_size(), 1) << "the trial is still there";
  agent.add_held_trial_ids("trial");
  EXPECT_THAT(cancel(*alice, "server-3"), IsOk());
  EXPECT_EQ(synchronize().cancelled_trial_ids_size(), 1);
}

TEST_F(ServicesTest, UnknownCertificatesAreRefused) {
  const std::string elsewhere = folder_ + "/elsewhere";
  std::filesystem::create_directories(elsewhere);
  TestAuthority authority(folder_);
  TestAuthority stranger(elsewhere);
  Start(authority.Issue("server", "server"));
  EXPECT_THAT(ListDevices(*v1::TrackerService::NewStub(Channel())), StatusIs(absl::StatusCode::kUnavailable))
      << "without a certificate";
  TlsOptions forged = stranger.Issue("eve", "admin");
  forged.ca = folder_ + "/ca.pem";
  EXPECT_THAT(ListDevices(*v1::TrackerService::NewStub(Channel(forged))),
              StatusIs(absl::StatusCode::kUnavailable))
      << "with a certificate of another authority";
}

TEST_F(ServicesTest, CertificatesAreCheckedAtTheStart) {
  EXPECT_THAT(ServerCredentials({"cert.pem", "", ""}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ChannelCredentials({"no.pem", "no.key", "no-ca.pem"}), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace diapason::tracker
