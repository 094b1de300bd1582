// The command line of `device-agent`.
#ifndef DIAPASON_DEVICE_AGENT_AGENT_FLAGS_H_
#define DIAPASON_DEVICE_AGENT_AGENT_FLAGS_H_

#include <optional>
#include <string>

#include "proto/rpc/credentials.h"

namespace diapason::device_agent {

struct AgentFlags {
  std::string tracker = "127.0.0.1:9190";
  TlsFiles tls;
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

// Reads the command line into `flags`, which has the machine's defaults for what is not given. `machine_id`:
// a part of the default name. Returns the exit code if the program is to end (after --help, or because of a
// wrong command line, which was reported).
std::optional<int> ParseAgentFlags(int argc, char** argv, const std::string& machine_id, AgentFlags& flags);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_AGENT_FLAGS_H_
