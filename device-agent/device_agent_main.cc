// The program `device-agent`: offers this machine to a tracker and measures the trials that it gets.
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "device-agent/agent.h"
#include "device-agent/agent_flags.h"
#include "device-agent/agent_folder.h"
#include "device-agent/artifact_store.h"
#include "device-agent/cpu_kernel_runner.h"
#include "device-agent/device_info.h"
#include "device-agent/emulation.h"
#include "device-agent/file_cache.h"
#include "device-agent/machine_id.h"
#include "device-agent/runner/confinement.h"
#include "device-agent/runner/cpu_affinity.h"
#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/domain/target_fingerprint.h"
#include "proto/rpc/grpc_endpoint.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"

namespace {

namespace fs = std::filesystem;
using namespace diapason;                // NOLINT: a program, not a library
using namespace diapason::device_agent;  // NOLINT

constexpr int64_t kArtifactBytes = int64_t{512} << 20;
constexpr int64_t kReferenceBytes = int64_t{1} << 30;

int Fail(const absl::Status& status, int code) {
  std::fprintf(stderr, "device-agent: %s\n", std::string(status.message()).c_str());
  return code;
}

// Creates all objects of one agent and runs it until a signal arrives.
int Serve(const AgentFlags& flags, const std::string& machine_id, const std::string& folder,
          const sigset_t& signals) {
  auto artifacts = FileCache::Create(folder + "/artifacts", kArtifactBytes);
  if (!artifacts.ok()) return Fail(artifacts.status(), kExitCannotStart);
  auto references = FileCache::Create(folder + "/references", kReferenceBytes);
  if (!references.ok()) return Fail(references.status(), kExitCannotStart);
  auto channel = OpenChannel(flags.tracker, flags.tls);
  if (!channel.ok()) return Fail(channel.status(), kExitCannotStart);

  const SystemClock clock;
  const std::string emulator = Emulator();
  std::vector<std::string> runner_command = {fs::absolute(flags.runner).string()};
  if (!emulator.empty()) runner_command.insert(runner_command.begin(), emulator);
  const Sandbox sandbox = Sandbox::Probe({runner_command, {folder}, kExitNoRequest});
  CpuKernelRunnerOptions runner_options;
  runner_options.cpu = flags.cpu;
  runner_options.emulated = !emulator.empty();
  runner_options.log_path = folder + "/runner.log";
  CpuKernelRunner runner(sandbox, **references, clock, runner_options);

  v1::DeviceInfo device = DescribeDevice(flags.name, machine_id, runner, runner_options.emulated);
  if (const auto speed = runner.MeasureSpeed()) *device.mutable_speed() = *speed;
  const std::unique_ptr<v1::AgentService::Stub> tracker = v1::AgentService::NewStub(*channel);
  ArtifactStore store(*tracker, **artifacts);
  AgentOptions options;
  options.capacity = flags.capacity;
  Agent agent(*tracker, runner, store, clock, device, RandomIds().NewId(), options);
  spdlog::info("device={} target={} ({}, {} bit) cpu={} tracker={}", flags.name,
               TargetFingerprint(device.target()), device.target().cpu(), device.target().vector_bits(),
               flags.cpu, flags.tracker);
  if (sandbox.form() == v1::SANDBOX_FULL) {
    spdlog::info("sandbox: full");
  } else {
    spdlog::warn("sandbox: reduced ({}): only limits and a system-call filter confine candidates",
                 sandbox.reason());
  }

  std::thread waiter([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    agent.Stop();
  });
  const absl::Status status = agent.Run();
  pthread_kill(waiter.native_handle(), SIGTERM);  // ends the waiter, if it was not a signal that ended Run
  waiter.join();
  if (absl::IsInternal(status)) {
    Fail(status, kExitStuck);
    std::_Exit(kExitStuck);  // the agent cannot be destroyed while its runner is still running
  }
  return status.ok() ? 0 : Fail(status, kExitRefused);
}

}  // namespace

int main(int argc, char** argv) {
  AgentFlags flags;
  const std::string machine_id = MachineId(EmulatedArchitecture());
  if (const auto code = ParseAgentFlags(argc, argv, machine_id, flags)) return *code;
  spdlog::set_default_logger(spdlog::stderr_color_mt("device-agent"));
  const auto folder = AgentFolder::Create(flags.cache_dir, flags.name);
  if (!folder.ok()) return Fail(folder.status(), kExitCannotStart);

  // Blocks the signals before any thread starts. All threads inherit this, so that only sigwait gets them.
  signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  KeepOffCpu(flags.cpu);
  return Serve(flags, machine_id, (*folder)->path(), signals);
}
