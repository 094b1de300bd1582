#include "device-agent/agent_flags.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "device-agent/agent.h"
#include "device-agent/machine_id.h"
#include "device-agent/runner/cpu_affinity.h"

namespace diapason::device_agent {
namespace {

namespace fs = std::filesystem;

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

absl::Status CheckFlags(const AgentFlags& flags) {
  if (flags.name.empty() || flags.name.find('/') != std::string::npos) {
    return absl::InvalidArgumentError("--name must not be empty or contain a slash");
  }
  if (access(flags.runner.c_str(), X_OK) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("no program ", flags.runner, "; say with --runner where device-runner is"));
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<int> ParseAgentFlags(int argc, char** argv, const std::string& machine_id, AgentFlags& flags) {
  const char* temporary = std::getenv("TMPDIR");
  flags.cache_dir = temporary != nullptr ? temporary : "/tmp";
  flags.name = DefaultDeviceName(machine_id);
  std::error_code error;
  flags.runner = (fs::read_symlink("/proc/self/exe", error).parent_path() / "device-runner").string();
  flags.cpu = LastAllowedCpu();
  flags.capacity = AgentOptions().capacity;

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
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return app.exit(end);
  }
  const absl::Status status = CheckFlags(flags);
  if (status.ok()) return std::nullopt;
  std::fprintf(stderr, "device-agent: %s\n", std::string(status.message()).c_str());
  return kExitCannotStart;
}

}  // namespace diapason::device_agent
