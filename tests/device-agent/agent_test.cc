// Tests the agent with a fake tracker and a fake runner. The tracker is a real gRPC service, so that calls
// can be cancelled.
#include "device-agent/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <functional>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "grpcpp/server_builder.h"
#include "proto/base/content_hash.h"
#include "proto/domain/message_limits.h"
#include "proto/domain/outcome.h"
#include "proto/domain/protocol_version.h"
#include "proto/domain/trial_deadlines.h"
#include "proto/rpc/grpc_endpoint.h"
#include "tests/device-agent/agent_fakes.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace diapason::device_agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AgentTest : public testing::Test {
 protected:
  AgentTest() : folder_(testing::TempDir() + "/agent-" + std::to_string(getpid())) {
    grpc::ServerBuilder builder;
    builder.RegisterService(&tracker_);
    int port = 0;
    server_ = *StartServer({"127.0.0.1:0", {}}, builder, port);
    stub_ = v1::AgentService::NewStub(*OpenChannel("127.0.0.1:" + std::to_string(port), {}));
    files_ = *FileCache::Create(folder_, 1 << 20);
    store_ = std::make_unique<ArtifactStore>(*stub_, *files_);
    v1::DeviceInfo device;
    device.set_device_id("box-1");
    AgentOptions options;
    options.first_retry = absl::Milliseconds(5);
    options.stop_timeout = absl::Milliseconds(300);
    agent_ = std::make_unique<Agent>(*stub_, runner_, *store_, clock_, device, "session", options);
    tracker_.Hold(kKernel, "kernel");
  }

  ~AgentTest() override {
    if (thread_.joinable()) Stop().IgnoreError();
    server_->Shutdown(std::chrono::system_clock::now());
    std::filesystem::remove_all(folder_);
  }

  void Start() {
    thread_ = std::thread([this] { status_ = agent_->Run(); });
  }
  absl::Status Stop() {
    agent_->Stop();
    return Join();
  }
  absl::Status Join() {
    thread_.join();
    return status_;
  }

  v1::SynchronizeResponse Assign(const std::vector<std::string>& ids, const std::string& hash = kKernel) {
    v1::SynchronizeResponse response;
    for (const std::string& id : ids) {
      v1::Assignment& assignment = *response.add_assignments();
      assignment.mutable_request()->set_trial_id(id);
      assignment.mutable_request()->set_artifact_hash(hash);
      assignment.mutable_request()->set_reference_hash(hash);
      assignment.mutable_lease()->set_fencing_token(++token_);
    }
    return response;
  }

  static std::vector<std::string> Held(const v1::SynchronizeRequest& request) {
    return {request.held_trial_ids().begin(), request.held_trial_ids().end()};
  }

  inline static const std::string kKernel = ContentHash("kernel");
  const std::string folder_;
  FakeTracker tracker_;
  FakeClock clock_;
  FakeRunner runner_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::AgentService::Stub> stub_;
  std::unique_ptr<FileCache> files_;
  std::unique_ptr<ArtifactStore> store_;
  std::unique_ptr<Agent> agent_;
  std::thread thread_;
  absl::Status status_;
  int64_t token_ = 100;
};

TEST_F(AgentTest, AnnouncesItselfAndReportsResultsWithTheirLease) {
  Start();
  ASSERT_TRUE(tracker_.WaitForRequest([](const v1::SynchronizeRequest& request) {
    return request.protocol_version() == kAgentProtocolVersion && request.free_slots() == 4;
  }));
  tracker_.Answer(Assign({"t1", "t2"}));
  const v1::LeasedResult result = tracker_.WaitForResult("t2");
  EXPECT_EQ(result.result().outcome().kind(), v1::OUTCOME_KIND_OK);
  EXPECT_EQ(result.result().device_id(), "box-1");
  EXPECT_EQ(result.lease().fencing_token(), 102);
  EXPECT_THAT(runner_.order(), ElementsAre("t1", "t2"));
  EXPECT_THAT(Stop(), IsOk());
  EXPECT_TRUE(tracker_.last_request().leaving());
}

TEST_F(AgentTest, RepeatsAResultUntilItIsAcknowledged) {
  Start();
  tracker_.Answer(Assign({"t1"}));
  tracker_.WaitForResult("t1");
  for (int i = 0; i < 3; ++i) {
    tracker_.Answer({});
    ASSERT_TRUE(
        tracker_.WaitForRequest([](const v1::SynchronizeRequest& r) { return r.results_size() == 1; }));
  }
  v1::SynchronizeResponse acknowledgement;
  acknowledgement.add_acknowledged_trial_ids("t1");
  tracker_.Answer(acknowledgement);
  EXPECT_TRUE(tracker_.WaitForRequest([](const v1::SynchronizeRequest& r) { return r.results_size() == 0; }));
}

TEST_F(AgentTest, DropsWhatIsCancelled) {
  Start();
  tracker_.Answer(Assign({"hold-1", "t2", "t3"}));
  ASSERT_TRUE(
      tracker_.WaitForRequest([](const v1::SynchronizeRequest& r) { return r.held_trial_ids_size() == 3; }));
  runner_.WaitUntilRunning("hold-1");
  EXPECT_EQ(Held(tracker_.last_request())[0], "hold-1") << "the running trial comes first";
  v1::SynchronizeResponse cancel;
  cancel.add_cancelled_trial_ids("hold-1");
  cancel.add_cancelled_trial_ids("t2");
  tracker_.Answer(cancel);
  tracker_.WaitForResult("t3");
  EXPECT_THAT(runner_.order(), ElementsAre("hold-1", "t3"));
  EXPECT_EQ(tracker_.last_request().results_size(), 1) << "there is no result of a cancelled trial";
}

TEST_F(AgentTest, ARegrantedTrialIsMeasuredAgainUnderItsNewLease) {
  Start();
  tracker_.Answer(Assign({"t1"}));
  EXPECT_EQ(tracker_.WaitForResult("t1").lease().fencing_token(), 101);
  tracker_.Answer(Assign({"t1"}));
  ASSERT_TRUE(tracker_.WaitForRequest([](const v1::SynchronizeRequest& r) {
    return r.results_size() == 1 && r.results(0).lease().fencing_token() == 102;
  }));
}

TEST_F(AgentTest, ArtifactsAreVerified) {
  tracker_.Hold(ContentHash("claimed"), "something else");
  Start();
  tracker_.Answer(Assign({"bad"}, ContentHash("claimed")));
  const v1::LeasedResult bad = tracker_.WaitForResult("bad");
  EXPECT_EQ(bad.result().outcome().kind(), v1::OUTCOME_KIND_DEVICE_LOST)
      << "this is not the schedule's fault";
  EXPECT_THAT(bad.result().outcome().message(), HasSubstr(ContentHash("something else")));
  tracker_.Answer(Assign({"unknown"}, ContentHash("unknown")));
  EXPECT_EQ(tracker_.WaitForResult("unknown").result().outcome().kind(), v1::OUTCOME_KIND_DEVICE_LOST);
  tracker_.Answer(Assign({"path"}, "../../etc/passwd"));
  EXPECT_EQ(tracker_.WaitForResult("path").result().outcome().kind(), v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_THAT(runner_.order(), IsEmpty());
  tracker_.Answer(Assign({"good"}));
  EXPECT_EQ(tracker_.WaitForResult("good").result().outcome().kind(), v1::OUTCOME_KIND_OK);
}

TEST_F(AgentTest, ARefusalEndsIt) {
  tracker_.Fail(grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "protocol versions differ"));
  Start();
  const absl::Status status = Join();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("protocol versions differ"));
}

TEST_F(AgentTest, AnAbsentTrackerIsTriedAgain) {
  tracker_.Fail(grpc::Status(grpc::StatusCode::UNAVAILABLE, "not there"));
  Start();
  ASSERT_TRUE(tracker_.WaitForRequest([](const v1::SynchronizeRequest&) { return true; }));
  tracker_.Fail(grpc::Status::OK);
  tracker_.Answer(Assign({"t1"}));
  EXPECT_EQ(tracker_.WaitForResult("t1").result().outcome().kind(), v1::OUTCOME_KIND_OK);
}

// Checks what a new result contains, and what its first repetition contains.
TEST_F(AgentTest, AResultIsSentWholeOnceAndThenByName) {
  Start();
  tracker_.Answer(Assign({"large-1"}));
  EXPECT_GT(tracker_.WaitForResult("large-1").result().measurement().samples_us_size(), 0);
  tracker_.Answer({});
  ASSERT_TRUE(tracker_.WaitForRequest([](const v1::SynchronizeRequest& r) {
    return r.results_size() == 1 && !r.results(0).result().has_outcome() &&
           r.results(0).lease().fencing_token() == 101 && r.results(0).result().trial_id() == "large-1";
  }));
}

TEST_F(AgentTest, ManyLargeResultsGoInBatchesThatFitAMessage) {
  std::vector<std::string> ids = {"hold-0"};
  for (int i = 0; i < 30; ++i) ids.push_back("large-" + std::to_string(i));
  tracker_.Answer(Assign(ids));
  Start();
  runner_.WaitUntilRunning("hold-0");
  tracker_.Fail(grpc::Status(grpc::StatusCode::UNAVAILABLE, "away"));  // so results collect at the agent
  runner_.Cancel("hold-0");
  while (runner_.order().size() < ids.size()) absl::SleepFor(absl::Milliseconds(1));
  tracker_.Fail(grpc::Status::OK);
  for (const std::string& id : std::vector<std::string>(ids.begin() + 1, ids.end())) {
    EXPECT_GT(tracker_.WaitForResult(id).result().measurement().samples_us_size(), 0) << id;
  }
  EXPECT_LE(tracker_.largest_request(), kMaxBatchBytes + 100'000);
}

TEST_F(AgentTest, AResultThatFitsNoMessageIsAnOutcome) {
  Start();
  tracker_.Answer(Assign({"huge", "t2"}));
  const v1::LeasedResult huge = tracker_.WaitForResult("huge");
  EXPECT_EQ(huge.result().outcome().kind(), v1::OUTCOME_KIND_RUN_ERROR);
  EXPECT_THAT(huge.result().outcome().message(), HasSubstr("too large"));
  EXPECT_EQ(tracker_.WaitForResult("t2").result().outcome().kind(), v1::OUTCOME_KIND_OK);
}

// The runner does not return, as if its child were in state D or a disk hung.
TEST_F(AgentTest, ATrialThatTheRunnerDoesNotEndIsReportedAsLost) {
  Start();
  tracker_.Answer(Assign({"stuck-1", "t2"}));
  runner_.WaitUntilRunning("stuck-1");
  ASSERT_TRUE(
      tracker_.WaitForRequest([](const v1::SynchronizeRequest& r) { return r.held_trial_ids_size() == 2; }));
  clock_.Advance(RunDeadline(v1::MeasureRequest()));
  tracker_.Answer({});
  const v1::LeasedResult lost = tracker_.WaitForResult("stuck-1");
  EXPECT_EQ(lost.result().outcome().kind(), v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_THAT(lost.result().outcome().message(), HasSubstr("run deadline"));
  ASSERT_TRUE(tracker_.WaitForRequest([](const v1::SynchronizeRequest& r) {
    return r.unfit_reason().find("stuck-1") != std::string::npos && Held(r) == std::vector<std::string>{"t2"};
  }));
  runner_.Release();
  ASSERT_TRUE(
      tracker_.WaitForRequest([](const v1::SynchronizeRequest& r) { return r.unfit_reason().empty(); }));
  EXPECT_EQ(tracker_.WaitForResult("t2").result().outcome().kind(), v1::OUTCOME_KIND_OK);
  EXPECT_EQ(tracker_.WaitForResult("stuck-1").result().outcome().kind(), v1::OUTCOME_KIND_DEVICE_LOST)
      << "its real result does not count any more";
}

TEST_F(AgentTest, AnUnfitRunnerIsReported) {
  runner_.SetHealth(v1::OUTCOME_KIND_OK, "a child cannot be ended");
  Start();
  EXPECT_TRUE(tracker_.WaitForRequest(
      [](const v1::SynchronizeRequest& r) { return r.unfit_reason() == "a child cannot be ended"; }));
}

TEST_F(AgentTest, MakesAHealthCheckWhenAsked) {
  runner_.SetHealth(v1::OUTCOME_KIND_THROTTLED, "");
  Start();
  v1::SynchronizeResponse wanted;
  wanted.set_health_check_id(7);
  tracker_.Answer(wanted);
  ASSERT_TRUE(tracker_.WaitForRequest([](const v1::SynchronizeRequest& r) {
    return r.health_check().id() == 7 && r.health_check().outcome().kind() == v1::OUTCOME_KIND_THROTTLED;
  }));
  tracker_.Answer(wanted);  // as if the report had been lost
  ASSERT_TRUE(
      tracker_.WaitForRequest([](const v1::SynchronizeRequest& r) { return r.health_check().id() == 7; }));
  EXPECT_EQ(runner_.checks(), 1);
  tracker_.Answer(Assign({"t1"}));
  EXPECT_EQ(tracker_.WaitForResult("t1").result().outcome().kind(), v1::OUTCOME_KIND_OK);
}

TEST_F(AgentTest, StopsThoughTheRunnerDoesNotEnd) {
  Start();
  tracker_.Answer(Assign({"stuck-1"}));
  runner_.WaitUntilRunning("stuck-1");
  const absl::Status status = Stop();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(std::string(status.message()), HasSubstr("stop timeout"));
  EXPECT_TRUE(tracker_.last_request().leaving()) << "its trials are free for other devices";
  runner_.Release();  // because the agent's destructor waits for the runner
}

TEST_F(AgentTest, StopsInTheMiddleOfATrial) {
  Start();
  tracker_.Answer(Assign({"hold-1", "t2"}));
  ASSERT_TRUE(
      tracker_.WaitForRequest([](const v1::SynchronizeRequest& r) { return r.held_trial_ids_size() == 2; }));
  runner_.WaitUntilRunning("hold-1");
  EXPECT_THAT(Stop(), IsOk());
  EXPECT_TRUE(tracker_.last_request().leaving());
  EXPECT_THAT(Held(tracker_.last_request()), IsEmpty());
  EXPECT_THAT(runner_.order(), ElementsAre("hold-1"));
}

}  // namespace
}  // namespace diapason::device_agent
