// Tests how a device-agent registers, continues after failures, and ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "device-agent/machine_id.h"
#include "proto/domain/protocol_version.h"
#include "tests/device-agent/programs_fixture.h"

namespace diapason::device_agent {
namespace {

// Returns a child process of `parent`, or -1 if it has none.
pid_t ChildOf(pid_t parent) {
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "stat");
    std::string line;
    if (!std::getline(file, line)) continue;
    std::istringstream rest(line.substr(line.rfind(") ") + 2));
    char state = 0;
    pid_t its_parent = 0;
    rest >> state >> its_parent;
    if (its_parent == parent) return std::stoi(entry.path().filename().string());
  }
  return -1;
}

// The agent says on which machine it runs. It can load and measure what this release needs.
TEST_F(ProgramsTest, AnAgentSaysWhatItIs) {
  StartAgent("box-1");
  ASSERT_TRUE(WaitUntil([&] { return ListDevices().devices_size() == 1; }));
  const v1::DeviceInfo device = ListDevices().devices(0).device();
  EXPECT_EQ(device.kernel_abi_version(), kKernelAbiVersion);
  EXPECT_THAT(device.measure_protocol_versions(), ::testing::Contains(kMeasureProtocolVersion));
  EXPECT_EQ(device.release(), Release());
  EXPECT_EQ(device.hardware_id(), MachineId(""));
  EXPECT_GT(device.speed().fma_gflops(), 0);
  EXPECT_GE(device.speed().levels_size(), 1);
}

// When an agent is killed, the next one on the same machine gets its name at once.
TEST_F(ProgramsTest, ARestartedAgentKeepsItsName) {
  kill(StartAgent("box-1").pid(), SIGKILL);
  ASSERT_TRUE(WaitUntil([&] { return agents_["box-1"]->Wait(absl::ZeroDuration()).ok(); }));
  StartAgent("box-1");
  EXPECT_EQ(RunOne(MakeRequest("t1", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
}

TEST_F(ProgramsTest, ANameOfAnotherMachineIsRefusedInOneLine) {
  v1::SynchronizeRequest other;
  other.set_protocol_version(kAgentProtocolVersion);
  other.set_session_id("session of another machine");
  other.mutable_device()->set_device_id("box-1");
  other.mutable_device()->set_hardware_id("another machine");
  other.mutable_device()->set_kernel_abi_version(kKernelAbiVersion);
  other.mutable_device()->add_measure_protocol_versions(kMeasureProtocolVersion);
  ASSERT_THAT(services_->tracker().Synchronize(other, [] { return false; }), IsOk());
  const std::string said = folder_ + "/refused.log";
  EXPECT_EQ(RunToItsEnd("box-1", said), 3);
  std::ifstream log(said);
  std::string last;
  for (std::string line; std::getline(log, line);) last = line;
  EXPECT_THAT(last, ::testing::HasSubstr("belongs to another machine"));
  EXPECT_THAT(last, ::testing::HasSubstr("--name"));
}

// SIGKILL does not end this child: another process traces it and does not release it, as if a disk or a
// driver kept it in the kernel. The trial must go to another device. The agent must say that it is unfit,
// and be used again when the child has ended.
TEST_F(ProgramsTest, AChildThatCannotBeEndedMakesTheAgentUnfit) {
  if (!kConfined) GTEST_SKIP() << "with a sanitizer, a tracer that is forked here does not hold the child";
  ChildProcess& agent = StartAgent("box-1");
  v1::MeasureRequest request =
      MakeRequest("hang", Upload(CompileC(OneStage("for (;;) __asm__ volatile(\"\");"))), good_);
  request.mutable_options()->set_timeout_us(1'500'000);
  ASSERT_EQ(RunOne(MakeRequest("first", good_, good_)).outcome().kind(),
            v1::OUTCOME_KIND_OK);  // so that the reference has run already
  ASSERT_THAT(Submit(request), IsOk());
  pid_t child = -1;
  ASSERT_TRUE(WaitUntil([&] { return (child = ChildOf(agent.pid())) > 0; }));
  const pid_t tracer = fork();
  if (tracer == 0) {
    const bool traces = ptrace(PTRACE_SEIZE, child, nullptr, nullptr) == 0;
    if (traces) sleep(60);
    _exit(traces ? 0 : 1);
  }
  usleep(200'000);
  if (waitpid(tracer, nullptr, WNOHANG) != 0) GTEST_SKIP() << "this machine does not allow ptrace";
  StartAgent("box-2");
  const v1::MeasureResult result = Collect(1)["hang"];
  EXPECT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_RUN_TIMEOUT) << result.outcome().message();
  EXPECT_EQ(result.device_id(), "box-2");
  v1::DeviceStatus status = ListDevices().devices(0);
  EXPECT_EQ(status.health(), v1::DEVICE_HEALTH_UNFIT);
  EXPECT_THAT(status.health_reason(), ::testing::HasSubstr("cannot be ended"));
  kill(tracer, SIGKILL);
  waitpid(tracer, nullptr, 0);
  ASSERT_TRUE(WaitUntil([&] { return ListDevices().devices(0).health() != v1::DEVICE_HEALTH_UNFIT; }));
  agents_.erase("box-2");
  EXPECT_EQ(RunOne(MakeRequest("next", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
}

// A real board goes through the same steps between THROTTLED and its next trial.
TEST_F(ProgramsTest, AReleasedDeviceIsCheckedAndUsedAgain) {
  StartAgent("box-1");
  std::string other_abi = OneStage(GoodBody());
  const std::string version = "DIAPASON_KERNEL_ABI_VERSION";
  other_abi.replace(other_abi.rfind(version), version.size(), "98");
  EXPECT_EQ(RunOne(MakeRequest("bad", Upload(CompileC(other_abi)), good_)).outcome().kind(),
            v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_EQ(ListDevices().devices(0).health(), v1::DEVICE_HEALTH_QUARANTINED) << "after three attempts";
  grpc::ClientContext context;
  v1::ReleaseDeviceRequest request;
  request.set_device_id("box-1");
  v1::ReleaseDeviceResponse response;
  ASSERT_THAT(stub_->ReleaseDevice(&context, request, &response), IsOk());
  EXPECT_EQ(RunOne(MakeRequest("good", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
  EXPECT_EQ(ListDevices().devices(0).health(), v1::DEVICE_HEALTH_GOOD);
}

TEST_F(ProgramsTest, ACancelledTrialFreesTheDevice) {
  StartAgent("box-1");
  ASSERT_THAT(
      Submit(MakeRequest("hang", Upload(CompileC(OneStage("for (;;) __asm__ volatile(\"\");"))), good_)),
      IsOk());
  ASSERT_TRUE(
      WaitUntil([&] { return ListDevices().devices_size() == 1 && ListDevices().devices(0).queued() == 1; }));
  grpc::ClientContext context;
  v1::CancelTrialsRequest request;
  request.set_client_id("test");
  v1::CancelTrialsResponse response;
  ASSERT_THAT(stub_->CancelTrials(&context, request, &response), IsOk());
  const absl::Duration begin = clock_.Monotonic();
  EXPECT_EQ(RunOne(MakeRequest("next", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
  EXPECT_LT(clock_.Monotonic() - begin, absl::Seconds(8)) << "the trial that hangs has a deadline of 10 s";
}

TEST_F(ProgramsTest, WorkOfAKilledAgentGoesToAnother) {
  StartAgent("box-1");
  const std::string hang = Upload(CompileC(OneStage("for (;;) __asm__ volatile(\"\");")));
  ASSERT_THAT(Submit(MakeRequest("hang", hang, good_), "box-1"), IsOk());
  ASSERT_TRUE(
      WaitUntil([&] { return ListDevices().devices_size() == 1 && ListDevices().devices(0).queued() == 1; }));
  for (const char* id : {"t1", "t2", "t3"}) ASSERT_THAT(Submit(MakeRequest(id, good_, good_)), IsOk());
  ASSERT_TRUE(WaitUntil([&] { return ListDevices().devices(0).queued() == 4; }));
  kill(agents_["box-1"]->pid(), SIGKILL);
  StartAgent("box-2");
  const std::map<std::string, v1::MeasureResult> results = Collect(3);
  for (const auto& [id, result] : results) {
    EXPECT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_OK) << id;
    EXPECT_EQ(result.device_id(), "box-2") << id;
  }
}

// When an agent is told to end in the middle of a trial, it leaves no process and no file behind.
TEST_F(ProgramsTest, AnAgentLeavesNothingBehind) {
  for (int signal_number : {SIGTERM, SIGINT}) {
    ChildProcess& agent = StartAgent("box-1");
    const std::string id = "hang" + std::to_string(signal_number);
    ASSERT_THAT(
        Submit(MakeRequest(id, Upload(CompileC(OneStage("for (;;) __asm__ volatile(\"\");"))), good_)),
        IsOk());
    ASSERT_TRUE(WaitUntil([&] { return fs::exists(folder_ + "/device-agent-box-1/runner.log"); }));
    kill(agent.pid(), signal_number);
    const auto exit = agent.Wait(kPatience);
    ASSERT_THAT(exit, IsOk());
    EXPECT_TRUE(exit->exited);
    EXPECT_EQ(exit->code, 0);
    EXPECT_TRUE(fs::is_empty(folder_));
    EXPECT_EQ(ListDevices().devices(0).state(), v1::DEVICE_STATE_OFFLINE)
        << "the agent said that it is leaving";
    grpc::ClientContext context;
    v1::CancelTrialsRequest request;
    request.set_client_id("test");
    v1::CancelTrialsResponse response;
    ASSERT_THAT(stub_->CancelTrials(&context, request, &response), IsOk());
  }
}

TEST_F(ProgramsTest, ASecondAgentOfTheSameNameIsRefused) {
  StartAgent("box-1");
  ASSERT_TRUE(WaitUntil([&] { return ListDevices().devices_size() == 1; }));
  EXPECT_EQ(RunToItsEnd("box-1", folder_ + "/second.log"), 2);
}

}  // namespace
}  // namespace diapason::device_agent
