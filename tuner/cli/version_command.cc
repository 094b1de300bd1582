// diapason version: prints the versions of this program, its back ends and its protocols.
#include <cstdio>
#include <memory>
#include <string>

#include "compiler/codegen/backends.h"
#include "compiler/codegen/kernel_backend.h"
#include "proto/domain/protocol_version.h"
#include "tuner/cli/command.h"
#include "tuner/report/json_text.h"

namespace diapason::tuner {
namespace {

void PrintJson() {
  JsonObject object;
  Set(object, "release", std::string(Release()));
  for (const auto& backend : compiler::codegen::MakeAllBackends()) {
    const compiler::codegen::BackendVersion version = backend->version();
    JsonObject& entry = AddTo(object, "backends");
    Set(entry, "name", std::string(backend->name()));
    Set(entry, "version", compiler::codegen::VersionText(version));
    Set(entry, "sources", version.sources);
    Set(entry, "toolchain", version.toolchain);
  }
  Set(object, "agent_protocol", static_cast<double>(kAgentProtocolVersion));
  Set(object, "measure_protocol", static_cast<double>(kMeasureProtocolVersion));
  std::printf("%s\n", JsonText(object).c_str());
}

void PrintText() {
  std::printf("%s\n", VersionText("diapason").c_str());
  for (const auto& backend : compiler::codegen::MakeAllBackends()) {
    std::printf("%s %s\n", std::string(backend->name()).c_str(),
                compiler::codegen::VersionText(backend->version()).c_str());
  }
  std::printf("agent protocol %d, measuring protocol %d\n", kAgentProtocolVersion, kMeasureProtocolVersion);
}

}  // namespace

void AddVersion(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("version", "print the versions of the program, its back ends and its protocols");
  const auto json = std::make_shared<bool>(false);
  command->add_flag(
      "--json", *json,
      "print JSON: release, backends (name, version and its parts), agent_protocol, measure_protocol");
  SetBody(*command, exit_code, [json] {
    *json ? PrintJson() : PrintText();
    return kExitOk;
  });
}

}  // namespace diapason::tuner
