#include "tuner/page/device_pages.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "tracker/device_words.h"
#include "tuner/page/page_frame.h"
#include "tuner/page/record_pages.h"
#include "tuner/report/report_data.h"
#include "tuner/report/report_markup.h"

namespace diapason::tuner {
namespace {

constexpr int kTrialsShown = 50;

std::string Word(const std::string& name, absl::string_view prefix) {
  return absl::AsciiStrToLower(absl::StripPrefix(name, prefix));
}

std::string StateWord(const v1::DeviceStatus& device) {
  return Word(v1::DeviceState_Name(device.state()), "DEVICE_STATE_");
}

std::string HealthCell(const v1::DeviceStatus& device) {
  const bool good = device.health() == v1::DEVICE_HEALTH_GOOD;
  return absl::StrCat("<span class=\"", good ? "good" : "trouble", "\">",
                      EscapeHtml(tracker::HealthWord(device.health())), "</span>");
}

std::string SandboxText(const v1::DeviceInfo& device) {
  return absl::StrCat(Word(v1::Sandbox_Name(device.sandbox()), "SANDBOX_"),
                      device.emulated() ? ", emulated" : "");
}

std::string Percent(double share) { return absl::StrFormat("%.0f %%", 100 * share); }

std::string SpeedText(const v1::MachineSpeed& speed) {
  std::string text = absl::StrFormat("%.0f GFLOP/s, latency of a multiply-add %.1f ns", speed.fma_gflops(),
                                     speed.fma_latency_ns());
  for (const v1::MemorySpeed& level : speed.levels()) {
    absl::StrAppendFormat(&text, "; %s: reads %.0f GB/s, writes %.0f GB/s, latency %.1f ns",
                          level.level() == 0 ? "memory" : absl::StrCat("L", level.level()),
                          level.read_gb_per_s(), level.write_gb_per_s(), level.latency_ns());
  }
  return text;
}

std::string DeviceFacts(const v1::DeviceStatus& device, absl::Time now) {
  const v1::DeviceInfo& info = device.device();
  const absl::Duration silent = absl::Trunc(absl::Microseconds(device.last_seen_ago_us()), absl::Seconds(1));
  return Facts({{"State", absl::StrCat(StateWord(device), ", ", device.queued(), " trials queued")},
                {"Health", HealthCell(device)},
                {"Reason", EscapeHtml(tracker::HealthWords(device, now))},
                {"Busy", absl::StrCat(Percent(device.busy_share()), " of the last minute")},
                {"Results", absl::StrCat(device.completed(), " since the tracker started")},
                {"Last call", absl::StrCat(absl::FormatDuration(silent), " ago")},
                {"Machine", EscapeHtml(MachineText(info.target()))},
                {"Sandbox", EscapeHtml(SandboxText(info))},
                {"One core", info.has_speed() ? EscapeHtml(SpeedText(info.speed())) : ""},
                {"Agent", EscapeHtml(info.release())}});
}

}  // namespace

HttpResponse DevicesPage(const ServerParts& server) {
  const auto devices = server.measurer.Devices();
  if (!devices.ok()) return ErrorPage(devices.status());
  HtmlTable table("Devices", {"Device", "CPU", "#Cores", "State", "Health", "#Queued", "#Results", "#Busy"});
  for (const v1::DeviceStatus& device : *devices) {
    const v1::DeviceInfo& info = device.device();
    const std::string& design = info.target().microarchitecture();
    table.AddRow({Link(absl::StrCat("/devices/", UrlEncode(info.device_id())), info.device_id()),
                  EscapeHtml(design.empty() ? info.target().cpu() : design),
                  absl::StrCat(info.target().cores()), StateWord(device), HealthCell(device),
                  absl::StrCat(device.queued()), absl::StrCat(device.completed()),
                  Percent(device.busy_share())});
  }
  return Page(
      "Devices", "/devices",
      absl::StrCat("<h1>Devices</h1>\n",
                   table.Html("No device is connected. On each board, run: <code>device-agent --tracker "
                              "HOST:PORT --name NAME</code>")));
}

HttpResponse DevicePage(const ServerParts& server, const std::string& device_id) {
  db::RecordQuery query;
  query.device_id = device_id;
  query.limit = kTrialsShown;
  const auto records = server.store.FindRecords(query);
  if (!records.ok()) return ErrorPage(records.status());
  std::string html = absl::StrCat("<h1>", EscapeHtml(device_id), "</h1>\n");
  const auto devices = server.measurer.Devices();
  const v1::DeviceStatus* device = nullptr;
  if (devices.ok()) {
    for (const v1::DeviceStatus& other : *devices) {
      if (other.device().device_id() == device_id) device = &other;
    }
  }
  if (device == nullptr && records->empty())
    return ErrorPage(absl::NotFoundError(absl::StrCat("there is no device ", device_id)));
  if (device != nullptr) {
    absl::StrAppend(&html, DeviceFacts(*device, server.clock.Now()));
    const bool offline = device->state() == v1::DEVICE_STATE_OFFLINE;
    if (offline || device->health() != v1::DEVICE_HEALTH_GOOD) {
      absl::StrAppend(&html,
                      PostButton(absl::StrCat("/devices/", UrlEncode(device_id), "/release"),
                                 offline ? "Forget this device" : "Check it now",
                                 offline ? "Forget this device? Another machine may then use its name."
                                         : "Check the device now? It gets work again if the check passes."));
    }
  } else {
    absl::StrAppend(&html, "<p>The tracker does not know this device now.</p>\n");
  }
  absl::StrAppend(&html, "<h2>Last trials</h2>\n", RecordTable(*records));
  return Page(device_id, "", html);
}

}  // namespace diapason::tuner
