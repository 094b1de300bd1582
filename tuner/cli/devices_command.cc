// diapason devices: lists the devices of a tuner-server, or releases one of them.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "tracker/device_words.h"
#include "tuner/cli/command.h"
#include "tuner/cli/server_connection.h"
#include "tuner/report/json_text.h"
#include "tuner/report/text_table.h"

namespace diapason::tuner {
namespace {

struct DevicesOptions {
  ServerAddress server;
  bool json = false;
  bool verbose = false;
  std::string release;  // name of a device to release; empty to list the devices
};

std::string Lower(const std::string& name, absl::string_view prefix) {
  return absl::AsciiStrToLower(absl::StripPrefix(name, prefix));
}

// Returns e.g. "box-1: 118 GFLOP/s, FMA 1.1 ns; L1 210/118 GB/s 1.1 ns; memory 32/34 GB/s 140 ns".
std::string SpeedText(const v1::DeviceInfo& device) {
  const v1::MachineSpeed& speed = device.speed();
  if (!device.has_speed()) return absl::StrCat(device.device_id(), ": its speed is not known");
  std::string text = absl::StrFormat("%s: %.0f GFLOP/s, FMA %.1f ns", device.device_id(), speed.fma_gflops(),
                                     speed.fma_latency_ns());
  for (const v1::MemorySpeed& level : speed.levels()) {
    absl::StrAppendFormat(&text, "; %s %.0f/%.0f GB/s %.*f ns",
                          level.level() == 0 ? "memory" : absl::StrCat("L", level.level()),
                          level.read_gb_per_s(), level.write_gb_per_s(), level.latency_ns() < 10 ? 1 : 0,
                          level.latency_ns());
  }
  return text;
}

int Devices(const DevicesOptions& options) {
  const auto server = ServerConnection::Connect(options.server);
  if (!server.ok()) return Report(server.status());
  if (!options.release.empty()) {
    const auto done = (*server)->ReleaseDevice(options.release);
    if (!done.ok()) return Report(done.status());
    std::printf("%s\n", done->c_str());
    return kExitOk;
  }
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
  if (options.verbose && !devices->empty()) {
    std::printf("one core of each: multiply-adds, then read/write rate and latency of each level\n");
    for (const v1::DeviceStatus& device : *devices) std::printf("%s\n", SpeedText(device.device()).c_str());
  }
  const absl::Time now = absl::Now();
  for (const v1::DeviceStatus& device : *devices) {
    const std::string words = tracker::HealthWords(device, now);
    if (!words.empty()) std::printf("%s: %s\n", device.device().device_id().c_str(), words.c_str());
  }
  const bool any_rests = std::any_of(devices->begin(), devices->end(), [](const v1::DeviceStatus& device) {
    return device.state() != v1::DEVICE_STATE_OFFLINE && !tracker::IsUsable(device);
  });
  if (any_rests) {
    std::printf("to check a device now: diapason devices %s --release NAME\n",
                ServerArguments(options.server).c_str());
  }
  if (devices->empty())
    std::printf("no device is connected; to connect one, run on it: device-agent --tracker %s%s\n",
                options.server.server.c_str(),
                options.server.tls.cert.empty() ? "" : " --cert FILE --key FILE --ca FILE");
  return kExitOk;
}

}  // namespace

void AddDevices(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DevicesOptions>();
  CLI::App* command = app.add_subcommand("devices", "list the devices of a tuner-server");
  AddServerOptions(*command, options->server, /*required=*/true);
  command->add_option(
      "--release", options->release,
      "check now a device that is cooling down or quarantined, and use it again; or free the name of a "
      "device that is offline");
  command->add_flag("-v,--verbose", options->verbose, "also print how fast the cores and the memory are");
  command->add_flag("--json", options->json,
                    "print JSON: ListDevicesResponse of proto/diapason/v1/tracker.proto");
  SetBody(*command, exit_code, [options] { return Devices(*options); });
}

}  // namespace diapason::tuner
