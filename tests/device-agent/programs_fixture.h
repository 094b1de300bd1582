// Runs the real device-agent and device-runner with a tracker in this process.
#ifndef DIAPASON_TESTS_DEVICE_AGENT_PROGRAMS_FIXTURE_H_
#define DIAPASON_TESTS_DEVICE_AGENT_PROGRAMS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "proto/base/clock.h"
#include "proto/base/content_hash.h"
#include "proto/base/sanitized.h"
#include "proto/processes/child_process.h"
#include "proto/rpc/artifact_stream.h"
#include "proto/rpc/grpc_endpoint.h"
#include "proto/rpc/grpc_status.h"
#include "tests/device-agent/artifacts.h"
#include "tests/testing/status_matchers.h"
#include "tracker/services.h"

namespace diapason::device_agent {

namespace fs = std::filesystem;

inline constexpr bool kConfined = !kSanitized;

// How long to wait for something that must happen. It is long because the machine may be busy.
inline constexpr absl::Duration kPatience = absl::Seconds(60);

inline std::string Program(const std::string& name) {
  return std::string(std::getenv("DIAPASON_BUILD_DIR")) + "/bin/" + name;
}

class ProgramsTest : public ::testing::Test {
 protected:
  ProgramsTest() : folder_(::testing::TempDir() + "/programs-" + std::to_string(getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    tracker::TrackerOptions options;
    options.lease = absl::Seconds(2);
    services_ = std::make_unique<tracker::TrackerServices>(clock_, options);
    grpc::ServerBuilder builder;
    services_->Register(builder);
    auto server = StartServer({"127.0.0.1:0", {}}, builder, port_);
    EXPECT_THAT(server, IsOk());
    server_ = *std::move(server);
    stub_ = v1::TrackerService::NewStub(server_->InProcessChannel({}));
    good_ = Upload(CompileC(OneStage(GoodBody())));
  }

  ~ProgramsTest() override {
    agents_.clear();
    services_->Shutdown();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
    fs::remove_all(folder_);
  }

  ChildOptions AgentCommand(const std::string& name) {
    ChildOptions options;
    options.argv = {
        Program("device-agent"), "--tracker", "127.0.0.1:" + std::to_string(port_), "--name", name,
        "--cache-dir",           folder_};
    return options;
  }

  // Runs an agent that ends by itself because it is refused. Returns its exit code. What it prints goes to
  // the file `log`.
  int RunToItsEnd(const std::string& name, const std::string& log) {
    ChildOptions options = AgentCommand(name);
    options.stderr_path = log;
    auto agent = ChildProcess::Start(options);
    EXPECT_THAT(agent, IsOk());
    if (!agent.ok()) return -1;
    const auto exit = (*agent)->Wait(kPatience);
    EXPECT_THAT(exit, IsOk());
    return exit.ok() ? exit->code : -1;
  }

  ChildProcess& StartAgent(const std::string& name) {
    auto child = ChildProcess::Start(AgentCommand(name));
    EXPECT_THAT(child, IsOk());
    return *(agents_[name] = *std::move(child));
  }

  std::string Upload(const std::string& bytes) {
    grpc::ClientContext context;
    const std::string hash = ContentHash(bytes);
    EXPECT_THAT(UploadArtifact(hash, bytes, context, *stub_), IsOk());
    return hash;
  }

  absl::Status Submit(const v1::MeasureRequest& request, const std::string& device = "") {
    grpc::ClientContext context;
    v1::SubmitTrialsRequest submit;
    submit.set_client_id("test");
    v1::TrialSubmission& submission = *submit.add_trials();
    *submission.mutable_request() = request;
    submission.mutable_selector()->set_device_id(device);
    v1::SubmitTrialsResponse response;
    return FromGrpc(stub_->SubmitTrials(&context, submit, &response));
  }

  // Collects and acknowledges results until there are `count` of them.
  std::map<std::string, v1::MeasureResult> Collect(size_t count) {
    std::map<std::string, v1::MeasureResult> results;
    v1::CollectResultsRequest request;
    request.set_client_id("test");
    request.set_wait_us(1'000'000);
    const absl::Duration deadline = clock_.Monotonic() + kPatience;
    while (results.size() < count && clock_.Monotonic() < deadline) {
      grpc::ClientContext context;
      v1::CollectResultsResponse response;
      EXPECT_THAT(stub_->CollectResults(&context, request, &response), IsOk());
      request.clear_acknowledged_trial_ids();
      for (const v1::MeasureResult& result : response.results()) {
        EXPECT_EQ(results.count(result.trial_id()), 0u) << "counted twice: " << result.trial_id();
        results[result.trial_id()] = result;
        request.add_acknowledged_trial_ids(result.trial_id());
      }
    }
    request.set_wait_us(0);
    grpc::ClientContext context;
    v1::CollectResultsResponse response;
    EXPECT_THAT(stub_->CollectResults(&context, request, &response), IsOk());
    EXPECT_EQ(results.size(), count);
    return results;
  }

  v1::MeasureResult RunOne(const v1::MeasureRequest& request) {
    EXPECT_THAT(Submit(request), IsOk());
    return Collect(1)[request.trial_id()];
  }

  v1::ListDevicesResponse ListDevices() {
    grpc::ClientContext context;
    v1::ListDevicesResponse response;
    EXPECT_THAT(stub_->ListDevices(&context, {}, &response), IsOk());
    return response;
  }

  bool WaitUntil(const std::function<bool()>& condition) {
    const absl::Duration deadline = clock_.Monotonic() + kPatience;
    while (clock_.Monotonic() < deadline) {
      if (condition()) return true;
      usleep(10'000);
    }
    return false;
  }

  SystemClock clock_;
  const std::string folder_;
  std::unique_ptr<tracker::TrackerServices> services_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::TrackerService::Stub> stub_;
  std::map<std::string, std::unique_ptr<ChildProcess>> agents_;
  std::string good_;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_TESTS_DEVICE_AGENT_PROGRAMS_FIXTURE_H_
