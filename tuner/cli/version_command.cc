// diapason version: of this program, its compiler and its protocols.
#include <cstdio>
#include <memory>
#include <string>

#include "compiler/codegen/kernel_builder.h"
#include "proto/domain/protocol_version.h"
#include "tuner/cli/command.h"
#include "tuner/cli/json_text.h"

namespace diapason::tuner {

void AddVersion(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("version", "versions of the compiler and of the protocols");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "compiler, agent_protocol, measure_protocol");
  SetBody(*command, exit_code, [json] {
    const std::string version(compiler::CompilerVersion());
    if (*json) {
      JsonObject object;
      Set(object, "compiler", version);
      Set(object, "agent_protocol", static_cast<double>(kAgentProtocolVersion));
      Set(object, "measure_protocol", static_cast<double>(kMeasureProtocolVersion));
      std::printf("%s\n", JsonText(object).c_str());
      return kExitOk;
    }
    std::printf("%s\nagent protocol %d, measuring protocol %d\n", version.c_str(), kAgentProtocolVersion,
                kMeasureProtocolVersion);
    return kExitOk;
  });
}

}  // namespace diapason::tuner
