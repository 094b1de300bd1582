// `device-agent`: offers this machine to a tracker, and measures what it is given.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "compiler/runtime/host_target.h"
#include "device-agent/agent.h"
#include "device-agent/artifact_store.h"
#include "device-agent/cpu_kernel_runner.h"
#include "device-agent/file_cache.h"
#include "device-agent/machine_id.h"
#include "device-agent/sandbox.h"
#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/domain/protocol_version.h"
#include "proto/domain/target_fingerprint.h"
#include "proto/rpc/grpc_endpoint.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"

namespace {

namespace fs = std::filesystem;
using namespace diapason;                // NOLINT: a program, not a library
using namespace diapason::device_agent;  // NOLINT

constexpr int kExitCannotStart = 2;
constexpr int kExitRefused = 3;
constexpr int kExitStuck = 4;
constexpr int64_t kArtifactBytes = int64_t{512} << 20;
constexpr int64_t kReferenceBytes = int64_t{1} << 30;

constexpr char kHelp[] =
    "Offers this machine to a tracker: takes trials, checks and times them in a sandboxed child process,\n"
    "and reports what came of each.";
constexpr char kFooter[] =
    "Example:\n"
    "  device-agent --tracker 192.168.1.10:9190 --name rpi4-1 --cert rpi4-1.pem --key rpi4-1.key --ca "
    "lab-ca.pem\n"
    "Exit codes: 0 ended by SIGINT or SIGTERM; 2 cannot start (folder, runner, certificates); 3 the tracker "
    "refuses\n"
    "this agent (release, certificate, a name that is another machine's); 4 a runner could not be ended; 100 "
    "and\n"
    "above: wrong command line.";

struct Flags {
  std::string tracker = "127.0.0.1:9190";
  TlsFiles tls;
  std::string name;
  std::string machine_id;
  std::string cache_dir;
  std::string runner;
  int cpu = -1;
  int capacity = AgentOptions().capacity;
};

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "device";
}

// The last core that this process may use: interrupts and other programs prefer the first ones.
int LastCpu() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  int last = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<size_t>(cpu), &set)) last = cpu;
  }
  return last;
}

// The user-mode emulator that runs this program; empty: none. Under qemu /proc/self/exe is made up,
// /proc/thread-self/exe is not.
std::string Emulator() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/thread-self/exe", error);
  return program.filename().string().rfind("qemu-", 0) == 0 ? program.string() : "";
}

// What this program was built for, where an emulator runs it; empty: nothing emulates it.
std::string EmulatedArchitecture() {
  utsname name = {};
  return Emulator().empty() || uname(&name) != 0 ? "" : name.machine;
}

// Leaves the measuring core to the runner.
void StayOffCpu(int cpu) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return;
  CPU_CLR(static_cast<size_t>(cpu), &set);
  if (CPU_COUNT(&set) > 0) sched_setaffinity(0, sizeof set, &set);
}

int Fail(const std::string& message, int code) {
  std::fprintf(stderr, "device-agent: %s\n", message.c_str());
  return code;
}

int Fail(const absl::Status& status, int code) { return Fail(std::string(status.message()), code); }

// This agent's folder below the cache folder, and only this agent's while the returned descriptor is open; -1: taken.
int LockFolder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  const int fd = open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

// Everything that one agent consists of, wired; runs until a signal.
int Serve(const Flags& flags, const std::string& folder, const sigset_t& signals) {
  auto artifacts = FileCache::Create(folder + "/artifacts", kArtifactBytes);
  if (!artifacts.ok()) return Fail(artifacts.status(), kExitCannotStart);
  auto references = FileCache::Create(folder + "/references", kReferenceBytes);
  if (!references.ok()) return Fail(references.status(), kExitCannotStart);
  auto channel = OpenChannel(flags.tracker, flags.tls);
  if (!channel.ok()) return Fail(channel.status(), kExitCannotStart);

  const SystemClock clock;
  const std::string emulator = Emulator();
  std::vector<std::string> runner_command = {flags.runner};
  // The kernel does not start a foreign program by itself: the child needs the emulator, too.
  if (!emulator.empty()) runner_command.insert(runner_command.begin(), emulator);
  const Sandbox sandbox = Sandbox::Probe(runner_command, folder);
  CpuKernelRunnerOptions runner_options;
  runner_options.cpu = flags.cpu;
  runner_options.emulated = !emulator.empty();
  runner_options.log_path = folder + "/runner.log";
  CpuKernelRunner runner(sandbox, **references, clock, runner_options);

  v1::DeviceInfo device;
  device.set_device_id(flags.name);
  device.set_hardware_id(flags.machine_id);
  device.set_kernel_abi_version(kKernelAbiVersion);
  device.add_measure_protocol_versions(kMeasureProtocolVersion);
  device.set_release(Release());
  *device.mutable_target() = runtime::HostTarget();
  device.set_runner(runner.kind());
  device.set_sandbox(sandbox.form());
  device.set_emulated(runner_options.emulated);

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
    spdlog::warn("sandbox: reduced ({}): candidates are confined by limits and a system-call filter only",
                 sandbox.reason());
  }

  std::thread waiter([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    agent.Stop();
  });
  const absl::Status status = agent.Run();
  pthread_kill(waiter.native_handle(), SIGTERM);  // where it was not a signal that ended Run
  waiter.join();
  if (absl::IsInternal(status)) {
    Fail(status, kExitStuck);
    std::_Exit(kExitStuck);  // the agent cannot be destroyed while its runner runs
  }
  return status.ok() ? 0 : Fail(status, kExitRefused);
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  const char* temporary = std::getenv("TMPDIR");
  flags.cache_dir = temporary != nullptr ? temporary : "/tmp";
  flags.machine_id = MachineId(EmulatedArchitecture());
  flags.name = DefaultDeviceName(HostName(), flags.machine_id);
  std::error_code error;
  flags.runner = (fs::read_symlink("/proc/self/exe", error).parent_path() / "device-runner").string();

  CLI::App app{kHelp, "device-agent"};
  app.footer(kFooter);
  app.add_option("--tracker", flags.tracker, "HOST:PORT of a tracker or tuner-server")->capture_default_str();
  app.add_option("--name", flags.name,
                 "this device's name, unique in the lab; default: the host's, with the "
                 "machine's id")
      ->capture_default_str();
  app.add_option("--cpu", flags.cpu, "core to measure on; default: the last that may be used")
      ->check(CLI::Range(0, 1023));
  app.add_option("--capacity", flags.capacity, "trials to hold, the one being measured included")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--cache-dir", flags.cache_dir, "folder for artifacts; emptied at start and end")
      ->capture_default_str();
  app.add_option("--runner", flags.runner, "the device-runner program")->capture_default_str();
  app.add_option("--cert", flags.tls.cert, "this agent's certificate (PEM); its OU is \"agent\"");
  app.add_option("--key", flags.tls.key, "its private key (PEM)");
  app.add_option("--ca", flags.tls.ca, "authority that signed the tracker's certificate (PEM)");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_default_logger(spdlog::stderr_color_mt("device-agent"));
  if (flags.cpu < 0) flags.cpu = LastCpu();
  if (flags.name.empty() || flags.name.find('/') != std::string::npos) {
    return Fail("--name must not be empty or contain a slash", kExitCannotStart);
  }
  if (access(flags.runner.c_str(), X_OK) != 0) {
    return Fail("no program " + flags.runner + "; say with --runner where device-runner is",
                kExitCannotStart);
  }
  flags.runner = fs::absolute(flags.runner).string();
  const std::string folder = fs::absolute(flags.cache_dir).string() + "/device-agent-" + flags.name;
  const int lock = LockFolder(folder);
  if (lock < 0) {
    return Fail(
        "cannot use " + folder +
            ": not writable (--cache-dir names another), or another agent of this name (of a diapason "
            "tune?) runs here; wait for its end",
        kExitCannotStart);
  }

  // Before any thread starts, so that all inherit it and the signals come to sigwait only.
  signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  StayOffCpu(flags.cpu);

  const int code = Serve(flags, folder, signals);
  fs::remove_all(folder, error);
  close(lock);
  return code;
}
