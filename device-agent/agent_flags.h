// The command line of `device-agent`.
#ifndef DIAPASON_DEVICE_AGENT_AGENT_FLAGS_H_
#define DIAPASON_DEVICE_AGENT_AGENT_FLAGS_H_

#include <optional>
#include <string>

#include "proto/rpc/credentials.h"

namespace diapason::device_agent {

// The values of all flags. `device-agent --help` describes them.
struct AgentFlags {
  std::string tracker = "127.0.0.1:9190";
  TlsOptions tls;
  std::string name;
  std::string cache_dir;
  std::string runner;  // path of the device-runner program
  int cpu = 0;
  int capacity = 0;
};

// Exit codes of the program; `--help` explains them.
inline constexpr int kExitCannotStart = 2;
inline constexpr int kExitRefused = 3;
inline constexpr int kExitStuck = 4;

// Reads the command line into `flags`. A flag that is not given gets the machine's default; `machine_id`
// becomes a part of the default name. Returns an exit code if the program must end, after --help or
// because the command line is wrong; the error has then been printed. Otherwise returns nullopt.
std::optional<int> ParseAgentFlags(int argc, char** argv, const std::string& machine_id, AgentFlags& flags);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_AGENT_FLAGS_H_
