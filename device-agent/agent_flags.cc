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
#include "proto/domain/protocol_version.h"
#include "proto/rpc/credentials.h"

namespace diapason::device_agent {
namespace {

namespace fs = std::filesystem;

constexpr char kHelp[] =
    "Offers this machine to a tracker: takes trials, checks and times them in a sandboxed child process,\n"
    "and reports their results.";
constexpr char kFooter[] =
    "Example:\n"
    "  device-agent --tracker 192.168.1.10:9190 --name rpi4-1 --cert rpi4-1.pem --key rpi4-1.key --ca "
    "lab-ca.pem\n"
    "Exit codes: 0 ended by SIGINT or SIGTERM; 2 cannot start (because of the folder, the runner or the\n"
    "certificates); 3 the tracker refuses this agent (because of its release, its certificate, or a name\n"
    "that belongs to another machine); 4 a runner could not be ended; 100 and above: the command line is\n"
    "not valid.";

absl::Status CheckFlags(const AgentFlags& flags) {
  if (flags.name.empty() || flags.name.find('/') != std::string::npos) {
    return absl::InvalidArgumentError("--name must not be empty or contain a slash");
  }
  if (access(flags.runner.c_str(), X_OK) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(flags.runner, " is not a program; give the path of device-runner with --runner"));
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
  app.set_version_flag("--version", VersionText("device-agent"), kVersionHelp);
  app.add_option("--tracker", flags.tracker, "address of a tracker or a tuner-server, HOST:PORT")
      ->capture_default_str();
  app.add_option(
         "--name", flags.name,
         "this device's name, unique in the lab; default: the host's name and a part of the machine's id")
      ->capture_default_str();
  app.add_option("--cpu", flags.cpu,
                 "the core to measure on; default: the last core that this process may use")
      ->check(CLI::Range(0, 1023));
  app.add_option("--capacity", flags.capacity,
                 "how many trials to hold, including the one that is being measured")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--cache-dir", flags.cache_dir,
                 "folder for artifacts; the agent's part of it is emptied when it starts and ends")
      ->capture_default_str();
  app.add_option("--runner", flags.runner, "path of the program device-runner")->capture_default_str();
  app.add_option("--cert", flags.tls.cert, "this agent's certificate (PEM file); its OU must be \"agent\"");
  app.add_option("--key", flags.tls.key, "the private key of --cert (PEM file)");
  app.add_option("--ca", flags.tls.ca, "the authority that signed the tracker's certificate (PEM file)");
  app.add_flag("--insecure", flags.tls.insecure, kInsecureHelp);
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
