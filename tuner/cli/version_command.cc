// diapason version: of this program, its compiler and its protocols.
#include <cstdio>

#include "compiler/codegen/kernel_builder.h"
#include "proto/support/protocol_version.h"
#include "tuner/cli/command.h"

namespace diapason::tuner {

void AddVersion(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("version", "versions of the compiler and of the protocols");
  SetBody(*command, exit_code, [] {
    std::printf("%s\nagent protocol %d, measuring protocol %d\n",
                std::string(compiler::CompilerVersion()).c_str(), kAgentProtocolVersion,
                kMeasureProtocolVersion);
    return kExitOk;
  });
}

}  // namespace diapason::tuner
