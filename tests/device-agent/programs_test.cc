// The real device-agent and device-runner against a tracker in this process: whatever an artifact does becomes the
// right outcome, and the next trial works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>

#include "device-agent/machine_id.h"
#include "grpcpp/create_channel.h"
#include "proto/base/content_hash.h"
#include "proto/base/sanitized.h"
#include "proto/domain/protocol_version.h"
#include "proto/processes/child_process.h"
#include "proto/rpc/grpc_endpoint.h"
#include "proto/rpc/grpc_status.h"
#include "tests/device-agent/artifacts.h"
#include "tracker/services.h"

namespace diapason::device_agent {
namespace {

namespace fs = std::filesystem;

constexpr bool kConfined = !kSanitized;

constexpr absl::Duration kPatience =
    absl::Seconds(60);  // the machine may be busy; nothing waits for it to pass

std::string Program(const std::string& name) {
  return std::string(std::getenv("DIAPASON_BUILD_DIR")) + "/bin/" + name;
}

// A child process of `parent`; -1: it has none.
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
    EXPECT_TRUE(server.ok()) << server.status();
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

  ChildProcess& StartAgent(const std::string& name) {
    ChildOptions options;
    options.argv = {
        Program("device-agent"), "--tracker", "127.0.0.1:" + std::to_string(port_), "--name", name,
        "--cache-dir",           folder_};
    auto child = ChildProcess::Start(options);
    EXPECT_TRUE(child.ok()) << child.status();
    return *(agents_[name] = *std::move(child));
  }

  std::string Upload(const std::string& bytes) {
    grpc::ClientContext context;
    v1::UploadArtifactResponse response;
    auto writer = stub_->UploadArtifact(&context, &response);
    v1::ArtifactChunk chunk;
    chunk.set_hash(ContentHash(bytes));
    chunk.set_data(bytes);
    writer->Write(chunk);
    writer->WritesDone();
    EXPECT_TRUE(writer->Finish().ok());
    return response.hash();
  }

  absl::Status Submit(const v1::MeasureTask& task, const std::string& device = "") {
    grpc::ClientContext context;
    v1::SubmitTrialsRequest request;
    request.set_client_id("test");
    v1::TrialSubmission& submission = *request.add_trials();
    *submission.mutable_task() = task;
    submission.mutable_selector()->set_device_id(device);
    v1::SubmitTrialsResponse response;
    return FromGrpc(stub_->SubmitTrials(&context, request, &response));
  }

  // Collects and acknowledges until `count` results are there.
  std::map<std::string, v1::MeasureResult> Collect(size_t count) {
    std::map<std::string, v1::MeasureResult> results;
    v1::CollectResultsRequest request;
    request.set_client_id("test");
    request.set_wait_us(1'000'000);
    const absl::Duration deadline = clock_.Monotonic() + kPatience;
    while (results.size() < count && clock_.Monotonic() < deadline) {
      grpc::ClientContext context;
      v1::CollectResultsResponse response;
      EXPECT_TRUE(stub_->CollectResults(&context, request, &response).ok());
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
    EXPECT_TRUE(stub_->CollectResults(&context, request, &response).ok());
    EXPECT_EQ(results.size(), count);
    return results;
  }

  v1::MeasureResult RunOne(const v1::MeasureTask& task) {
    EXPECT_TRUE(Submit(task).ok());
    return Collect(1)[task.trial_id()];
  }

  v1::ListDevicesResponse ListDevices() {
    grpc::ClientContext context;
    v1::ListDevicesResponse response;
    EXPECT_TRUE(stub_->ListDevices(&context, {}, &response).ok());
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

TEST_F(ProgramsTest, GoodKernelIsMeasured) {
  StartAgent("box-1");
  const v1::MeasureResult result = RunOne(MakeTask("t1", good_, good_));
  ASSERT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_OK) << result.outcome().message();
  EXPECT_EQ(result.device_id(), "box-1");
  const v1::Measurement& measurement = result.measurement();
  EXPECT_GE(measurement.samples_us_size(), 3);
  EXPECT_GT(measurement.median_us(), 0);
  EXPECT_LE(measurement.p10_us(), measurement.median_us());
  EXPECT_GE(measurement.p90_us(), measurement.median_us());
  EXPECT_GT(measurement.hot_median_us(), 0);
  EXPECT_GT(measurement.calls_per_sample(), 1);  // the kernel takes about a microsecond
  EXPECT_EQ(measurement.max_relative_error(), 0);
  EXPECT_EQ(measurement.threads(), 1);
  EXPECT_GT(measurement.busy_us(), 0);
  EXPECT_GT(measurement.conditions().canary_before_us(), 0);
  EXPECT_NE(measurement.conditions().sandbox(), v1::SANDBOX_UNSPECIFIED);
  EXPECT_FALSE(measurement.conditions().emulated());
}

TEST_F(ProgramsTest, WhateverAnArtifactDoesIsAnOutcome) {
  StartAgent("box-1");
  const v1::OutcomeKind fault = kConfined ? v1::OUTCOME_KIND_CRASHED : v1::OUTCOME_KIND_RUN_ERROR;
  struct Case {
    const char* name;
    std::string artifact;
    v1::OutcomeKind outcome;
  };
  const std::vector<Case> cases = {
      {"wrong", CompileC(OneStage("out[i] = in[i] * weights[i] + (i == 1000 ? 2 : 1);")),
       v1::OUTCOME_KIND_WRONG_OUTPUT},
      {"nan", CompileC(OneStage("out[i] = i == 7 ? __builtin_nanf(\"\") : in[i] * weights[i] + 1;")),
       v1::OUTCOME_KIND_WRONG_OUTPUT},
      {"unwritten", CompileC(OneStage("if (i != 5) out[i] = in[i] * weights[i] + 1;")),
       v1::OUTCOME_KIND_WRONG_OUTPUT},
      {"beside", CompileC(OneStage("out[i] = in[i] * weights[i] + 1; if (i == 1023) out[i + 2] = 1;")),
       v1::OUTCOME_KIND_WRONG_OUTPUT},
      {"workspace", CompileC(OneStage("out[i] = in[i] * weights[i] + 1; ((char*)workspace)[256] = 1;")),
       v1::OUTCOME_KIND_WRONG_OUTPUT},
      {"input", CompileC(OneStage("((float*)in)[i] = 0; out[i] = 0;")), fault},
      {"crash", CompileC(OneStage("*(volatile int*)8 = 1;")), fault},
      {"abort", CompileC(OneStage("abort();")), v1::OUTCOME_KIND_CRASHED},
      {"exit", CompileC(OneStage("exit(0);")), v1::OUTCOME_KIND_RUN_ERROR},
      {"no-elf", "this is no shared object", v1::OUTCOME_KIND_LOAD_ERROR},
      {"no-symbol", CompileC("int x;"), v1::OUTCOME_KIND_LOAD_ERROR},
  };
  for (const Case& c : cases) {
    const v1::MeasureResult result = RunOne(MakeTask(c.name, Upload(c.artifact), good_));
    EXPECT_EQ(result.outcome().kind(), c.outcome) << c.name << ": " << result.outcome().ShortDebugString();
    EXPECT_NE(result.outcome().message(), "") << c.name;
    EXPECT_GT(result.busy_us(), 0) << c.name;
    const v1::MeasureResult next = RunOne(MakeTask(std::string(c.name) + "-next", good_, good_));
    EXPECT_EQ(next.outcome().kind(), v1::OUTCOME_KIND_OK)
        << "after " << c.name << ": " << next.outcome().message();
  }
}

TEST_F(ProgramsTest, HangIsATimeout) {
  StartAgent("box-1");
  v1::MeasureTask task =
      MakeTask("hang", Upload(CompileC(OneStage("for (;;) __asm__ volatile(\"\");"))), good_);
  task.mutable_options()->set_timeout_us(700'000);
  EXPECT_EQ(RunOne(task).outcome().kind(), v1::OUTCOME_KIND_RUN_TIMEOUT);
  EXPECT_EQ(RunOne(MakeTask("next", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
}

// A description that asks for more than there is, and a kernel that takes it while it runs.
TEST_F(ProgramsTest, MemoryExhaustionIsAnOutcome) {
  if (!kConfined) GTEST_SKIP() << "a sanitized runner is not confined";
  StartAgent("box-1");
  std::string greedy = OneStage(GoodBody());
  greedy.replace(greedy.find("256, 256"), 8, "1L << 36, 256");
  const std::string eater = OneStage("for (;;) { volatile char* p = malloc(1 << 20); *p = 1; }");
  for (const std::string& source : {greedy, eater}) {
    v1::MeasureTask task = MakeTask("eats-" + ContentHash(source), Upload(CompileC(source)), good_);
    task.mutable_options()->set_memory_bytes(int64_t{256} << 20);
    const v1::MeasureResult result = RunOne(task);
    EXPECT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_OUT_OF_MEMORY) << result.outcome().ShortDebugString();
  }
  EXPECT_EQ(RunOne(MakeTask("next", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
}

// The sandbox: no files can be written, no sockets opened, no processes made. Each body writes a wrong output where it
// succeeds.
TEST_F(ProgramsTest, CandidatesAreConfined) {
  if (!kConfined) GTEST_SKIP() << "a sanitized runner is not confined";
  StartAgent("box-1");
  const std::vector<std::pair<std::string, std::string>> attempts = {
      {"write", "int fd = open(\"" + folder_ + "/written\", O_CREAT | O_WRONLY, 0600);"},
      {"socket", "int fd = socket(2, 1, 0);"},
      {"fork", "int fd = fork();"},
      {"kill", "int fd = kill(getppid(), 9);"},
  };
  for (const auto& [name, attempt] : attempts) {
    const std::string source =
        "#include <fcntl.h>\n#include <signal.h>\n#include <sys/socket.h>\n#include <unistd.h>\n" +
        OneStage(attempt + " out[i] = in[i] * weights[i] + (fd >= 0 ? 2 : 1);");
    const v1::MeasureResult result = RunOne(MakeTask(name, Upload(CompileC(source)), good_));
    EXPECT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_OK) << name << ": " << result.outcome().message();
  }
  EXPECT_FALSE(fs::exists(folder_ + "/written"));
}

// Two stages that hand over in the workspace, a packed constant, and more than one thread.
constexpr char kStagesAndPacking[] = R"c(
#include "compiler/runtime/kernel_abi.h"
static void prepare(void* const* arguments, void* workspace) {
  for (int i = 0; i < 1024; ++i) ((float*)arguments[3])[1023 - i] = ((const float*)arguments[1])[i];
}
static void first(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    *(float*)scratch = ((const float*)arguments[0])[i];
    ((float*)workspace)[i] = *(float*)scratch * ((const float*)arguments[3])[1023 - i];
  }
}
static void second(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) ((float*)arguments[2])[i] = ((float*)workspace)[i] + 1;
}
static const int64_t packed[] = {4096};
static const diapason_stage stages[] = {{first, 1024}, {second, 1024}};
const diapason_kernel exported __asm__("diapason_kernel") = {
    DIAPASON_KERNEL_ABI_VERSION, 3, 1, 2, 4096, 4, packed, stages, prepare};
)c";

TEST_F(ProgramsTest, StagesPackingAndThreads) {
  StartAgent("box-1");
  const std::string artifact = Upload(CompileC(kStagesAndPacking));
  for (int threads : {1, 2}) {
    v1::MeasureTask task = MakeTask("t" + std::to_string(threads), artifact, good_);
    task.mutable_options()->set_threads(threads);
    const v1::MeasureResult result = RunOne(task);
    ASSERT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_OK) << result.outcome().message();
    EXPECT_EQ(result.measurement().threads(), threads);
  }
}

TEST_F(ProgramsTest, RivalsAreMeasuredInterleaved) {
  StartAgent("box-1");
  const std::string slow =
      Upload(CompileC(OneStage("for (volatile int k = 0; k < 50; ++k) {} out[i] "
                               "= in[i] * weights[i] + 1;")));
  v1::MeasureTask task = MakeTask("pair", good_, good_);
  task.add_rival_hashes(slow);
  const v1::MeasureResult result = RunOne(task);
  ASSERT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_OK) << result.outcome().message();
  ASSERT_EQ(result.rivals_size(), 1);
  EXPECT_EQ(result.rivals(0).samples_us_size(), result.measurement().samples_us_size());
  EXPECT_GT(result.rivals(0).median_us(), 2 * result.measurement().median_us());
}

TEST_F(ProgramsTest, AReferenceWithoutFiniteValuesIsSaidSo) {
  StartAgent("box-1");
  const std::string root = Upload(CompileC(OneStage("out[i] = __builtin_sqrtf(in[i] - 0.2f);")));
  EXPECT_EQ(RunOne(MakeTask("root", root, root)).outcome().kind(), v1::OUTCOME_KIND_OK)
      << "positive inputs will do";
  const std::string nan = Upload(CompileC(OneStage("out[i] = __builtin_nanf(\"\");")));
  const v1::MeasureResult result = RunOne(MakeTask("nan", nan, nan));
  EXPECT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_REFERENCE_FAILED);
  EXPECT_THAT(result.outcome().message(), ::testing::HasSubstr("nowhere finite"));
}

// Whatever the reference does, no candidate is blamed for it, and it is run once only.
TEST_F(ProgramsTest, AReferenceThatFailsIsNoFaultOfACandidates) {
  StartAgent("box-1");
  const std::string crash =
      Upload(CompileC(OneStage("if (i == 0) for (volatile long k = 0; k < 1500000000; ++k) {} abort();")));
  const std::string no_elf = Upload("this is no shared object");
  for (const std::string& reference : {crash, no_elf}) {
    const v1::MeasureResult first = RunOne(MakeTask("first" + reference, good_, reference));
    EXPECT_EQ(first.outcome().kind(), v1::OUTCOME_KIND_REFERENCE_FAILED) << first.outcome().message();
    EXPECT_THAT(first.outcome().message(), ::testing::HasSubstr("while running the reference"));
    for (int i = 0; i < 3; ++i) {
      const v1::MeasureResult next =
          RunOne(MakeTask("next" + std::to_string(i) + reference, good_, reference));
      EXPECT_EQ(next.outcome().kind(), v1::OUTCOME_KIND_REFERENCE_FAILED);
      EXPECT_LT(next.busy_us(), 500'000) << "the answer is known";
    }
  }
  EXPECT_EQ(ListDevices().devices(0).health(), v1::DEVICE_HEALTH_GOOD);
  EXPECT_EQ(RunOne(MakeTask("good", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
}

TEST_F(ProgramsTest, AKernelOfAnotherAbiVersionIsNoFaultOfTheSchedules) {
  StartAgent("box-1");
  std::string source = OneStage(GoodBody());
  const std::string version = "DIAPASON_KERNEL_ABI_VERSION";
  source.replace(source.rfind(version), version.size(), "99");
  const v1::MeasureResult result = RunOne(MakeTask("t1", Upload(CompileC(source)), good_));
  EXPECT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_THAT(result.outcome().message(), ::testing::HasSubstr("ABI version 99"));
}

TEST_F(ProgramsTest, AnotherMeasuringProtocolIsRefused) {
  v1::MeasureTask task = MakeTask("t1", good_, good_);
  task.mutable_options()->set_protocol_version(task.options().protocol_version() + 1);
  const absl::Status status = Submit(task);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("install"));
}

// The agent tells its machine, and can load and measure what this release asks for.
TEST_F(ProgramsTest, AnAgentSaysWhatItIs) {
  StartAgent("box-1");
  ASSERT_TRUE(WaitUntil([&] { return ListDevices().devices_size() == 1; }));
  const v1::DeviceInfo device = ListDevices().devices(0).device();
  EXPECT_EQ(device.kernel_abi_version(), kKernelAbiVersion);
  EXPECT_THAT(device.measure_protocol_versions(), ::testing::Contains(kMeasureProtocolVersion));
  EXPECT_EQ(device.release(), Release());
  EXPECT_EQ(device.hardware_id(), MachineId(""));
}

// A killed agent's successor on the same machine has its name at once.
TEST_F(ProgramsTest, ARestartedAgentKeepsItsName) {
  kill(StartAgent("box-1").pid(), SIGKILL);
  ASSERT_TRUE(WaitUntil([&] { return agents_["box-1"]->Wait(absl::ZeroDuration()).ok(); }));
  StartAgent("box-1");
  EXPECT_EQ(RunOne(MakeTask("t1", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
}

TEST_F(ProgramsTest, ANameOfAnotherMachineIsRefusedInOneLine) {
  v1::SynchronizeRequest other;
  other.set_protocol_version(kAgentProtocolVersion);
  other.set_session_id("session of another machine");
  other.mutable_device()->set_device_id("box-1");
  other.mutable_device()->set_hardware_id("another machine");
  other.mutable_device()->set_kernel_abi_version(kKernelAbiVersion);
  other.mutable_device()->add_measure_protocol_versions(kMeasureProtocolVersion);
  ASSERT_TRUE(services_->tracker().Synchronize(other, [] { return false; }).ok());
  ChildOptions options;
  options.argv = {
      Program("device-agent"), "--tracker", "127.0.0.1:" + std::to_string(port_), "--name", "box-1",
      "--cache-dir",           folder_};
  options.stderr_path = folder_ + "/refused.log";
  auto agent = ChildProcess::Start(options);
  ASSERT_TRUE(agent.ok());
  const auto exit = (*agent)->Wait(kPatience);
  ASSERT_TRUE(exit.ok());
  EXPECT_EQ(exit->code, 3);
  std::ifstream log(options.stderr_path);
  std::string last;
  for (std::string line; std::getline(log, line);) last = line;
  EXPECT_THAT(last, ::testing::HasSubstr("belongs to another machine"));
  EXPECT_THAT(last, ::testing::HasSubstr("--name"));
}

// A child that SIGKILL does not end: another process traces it and does not let it go, as a disk or a driver may keep it
// in the kernel. The trial goes to another device; the agent says so and comes back when the child is gone.
TEST_F(ProgramsTest, AChildThatCannotBeEndedMakesTheAgentUnfit) {
  if (!kConfined)
    GTEST_SKIP() << "of a program with a sanitizer, a tracer that is forked here does not hold the child";
  ChildProcess& agent = StartAgent("box-1");
  v1::MeasureTask task =
      MakeTask("hang", Upload(CompileC(OneStage("for (;;) __asm__ volatile(\"\");"))), good_);
  task.mutable_options()->set_timeout_us(1'500'000);
  ASSERT_EQ(RunOne(MakeTask("first", good_, good_)).outcome().kind(),
            v1::OUTCOME_KIND_OK);  // the reference has run
  ASSERT_TRUE(Submit(task).ok());
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
  EXPECT_EQ(RunOne(MakeTask("next", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
}

// Everything that a real board does between THROTTLED and its next trial.
TEST_F(ProgramsTest, AReleasedDeviceIsCheckedAndUsedAgain) {
  StartAgent("box-1");
  std::string other_abi = OneStage(GoodBody());
  const std::string version = "DIAPASON_KERNEL_ABI_VERSION";
  other_abi.replace(other_abi.rfind(version), version.size(), "98");
  EXPECT_EQ(RunOne(MakeTask("bad", Upload(CompileC(other_abi)), good_)).outcome().kind(),
            v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_EQ(ListDevices().devices(0).health(), v1::DEVICE_HEALTH_QUARANTINED) << "after three attempts";
  grpc::ClientContext context;
  v1::ReleaseDeviceRequest request;
  request.set_device_id("box-1");
  v1::ReleaseDeviceResponse response;
  ASSERT_TRUE(stub_->ReleaseDevice(&context, request, &response).ok());
  EXPECT_EQ(RunOne(MakeTask("good", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
  EXPECT_EQ(ListDevices().devices(0).health(), v1::DEVICE_HEALTH_GOOD);
}

TEST_F(ProgramsTest, ACancelledTrialFreesTheDevice) {
  StartAgent("box-1");
  ASSERT_TRUE(
      Submit(MakeTask("hang", Upload(CompileC(OneStage("for (;;) __asm__ volatile(\"\");"))), good_)).ok());
  ASSERT_TRUE(
      WaitUntil([&] { return ListDevices().devices_size() == 1 && ListDevices().devices(0).queued() == 1; }));
  grpc::ClientContext context;
  v1::CancelTrialsRequest request;
  request.set_client_id("test");
  v1::CancelTrialsResponse response;
  ASSERT_TRUE(stub_->CancelTrials(&context, request, &response).ok());
  const absl::Duration begin = clock_.Monotonic();
  EXPECT_EQ(RunOne(MakeTask("next", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
  EXPECT_LT(clock_.Monotonic() - begin, absl::Seconds(8)) << "the hanging trial's deadline is 10 s";
}

TEST_F(ProgramsTest, WorkOfAKilledAgentGoesToAnother) {
  StartAgent("box-1");
  const std::string hang = Upload(CompileC(OneStage("for (;;) __asm__ volatile(\"\");")));
  ASSERT_TRUE(Submit(MakeTask("hang", hang, good_), "box-1").ok());
  ASSERT_TRUE(
      WaitUntil([&] { return ListDevices().devices_size() == 1 && ListDevices().devices(0).queued() == 1; }));
  for (const char* id : {"t1", "t2", "t3"}) ASSERT_TRUE(Submit(MakeTask(id, good_, good_)).ok());
  ASSERT_TRUE(WaitUntil([&] { return ListDevices().devices(0).queued() == 4; }));
  kill(agents_["box-1"]->pid(), SIGKILL);
  StartAgent("box-2");
  const std::map<std::string, v1::MeasureResult> results = Collect(3);
  for (const auto& [id, result] : results) {
    EXPECT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_OK) << id;
    EXPECT_EQ(result.device_id(), "box-2") << id;
  }
}

// No process and no file outlives an agent that is told to end, in the middle of a trial.
TEST_F(ProgramsTest, AnAgentLeavesNothingBehind) {
  for (int signal_number : {SIGTERM, SIGINT}) {
    ChildProcess& agent = StartAgent("box-1");
    const std::string id = "hang" + std::to_string(signal_number);
    ASSERT_TRUE(
        Submit(MakeTask(id, Upload(CompileC(OneStage("for (;;) __asm__ volatile(\"\");"))), good_)).ok());
    ASSERT_TRUE(WaitUntil([&] { return fs::exists(folder_ + "/device-agent-box-1/runner.log"); }));
    kill(agent.pid(), signal_number);
    const auto exit = agent.Wait(kPatience);
    ASSERT_TRUE(exit.ok()) << exit.status();
    EXPECT_TRUE(exit->exited);
    EXPECT_EQ(exit->code, 0);
    EXPECT_TRUE(fs::is_empty(folder_));
    EXPECT_EQ(ListDevices().devices(0).state(), v1::DEVICE_STATE_OFFLINE) << "it said good-bye";
    grpc::ClientContext context;
    v1::CancelTrialsRequest request;
    request.set_client_id("test");
    v1::CancelTrialsResponse response;
    ASSERT_TRUE(stub_->CancelTrials(&context, request, &response).ok());
  }
}

TEST_F(ProgramsTest, TwoAgentsOfOneNameAreOneTooMany) {
  StartAgent("box-1");
  ASSERT_TRUE(WaitUntil([&] { return ListDevices().devices_size() == 1; }));
  ChildOptions options;
  options.argv = {
      Program("device-agent"), "--tracker", "127.0.0.1:" + std::to_string(port_), "--name", "box-1",
      "--cache-dir",           folder_};
  options.stderr_path = folder_ + "/second.log";
  auto second = ChildProcess::Start(options);
  ASSERT_TRUE(second.ok());
  const auto exit = (*second)->Wait(kPatience);
  ASSERT_TRUE(exit.ok());
  EXPECT_EQ(exit->code, 2);
}

}  // namespace
}  // namespace diapason::device_agent
