// diapason devices: the devices of a tuner-server.
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "tuner/cli/command.h"
#include "tuner/cli/json_text.h"
#include "tuner/cli/server_connection.h"
#include "tuner/cli/text_table.h"

namespace diapason::tuner {
namespace {

struct DevicesOptions {
  ServerAddress server;
  bool json = false;
};

std::string Lower(const std::string& name, absl::string_view prefix) {
  return absl::AsciiStrToLower(absl::StripPrefix(name, prefix));
}

int Devices(const DevicesOptions& options) {
  const auto server = ServerConnection::Connect(options.server);
  if (!server.ok()) return Report(server.status());
  const auto devices = (*server)->Devices();
  if (!devices.ok()) return Report(devices.status());
  if (options.json) {
    v1::ListDevicesResponse response;
    response.mutable_devices()->Assign(devices->begin(), devices->end());
    std::printf("%s\n", JsonText(response).c_str());
    return kExitOk;
  }
  TextTable table({{"device", false, 20},
                   {"cpu", false, 16},
                   {"cores", true},
                   {"state", false},
                   {"health", false},
                   {"sandbox", false},
                   {"queued", true},
                   {"done", true},
                   {"busy", true}});
  for (const v1::DeviceStatus& device : *devices) {
    const v1::DeviceInfo& info = device.device();
    table.AddRow({info.device_id(), info.target().cpu(), absl::StrCat(info.target().cores()),
                  Lower(v1::DeviceState_Name(device.state()), "DEVICE_STATE_"),
                  Lower(v1::DeviceHealth_Name(device.health()), "DEVICE_HEALTH_"),
                  absl::StrCat(Lower(v1::Sandbox_Name(info.sandbox()), "SANDBOX_"),
                               info.emulated() ? " emulated" : ""),
                  absl::StrCat(device.queued()), absl::StrCat(device.completed()),
                  absl::StrFormat("%.0f %%", 100 * device.busy_share())});
  }
  std::printf("%s", table.Text().c_str());
  if (devices->empty())
    std::printf("none; device-agent --tracker %s connects one\n", options.server.server.c_str());
  return kExitOk;
}

}  // namespace

void AddDevices(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DevicesOptions>();
  CLI::App* command = app.add_subcommand("devices", "the devices connected to a tuner-server");
  AddServerOptions(*command, options->server, /*required=*/true);
  command->add_flag("--json", options->json, "ListDevicesResponse of proto/diapason/v1/tracker.proto");
  SetBody(*command, exit_code, [options] { return Devices(*options); });
}

}  // namespace diapason::tuner
