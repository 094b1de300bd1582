#include "tracker/device_words.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace diapason::tracker {
namespace {

std::string Seconds(absl::Duration duration) {
  return absl::FormatDuration(absl::Trunc(std::max(duration, absl::ZeroDuration()), absl::Seconds(1)));
}

}  // namespace

std::string HealthWord(v1::DeviceHealth health) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::DeviceHealth_Name(health), "DEVICE_HEALTH_"));
}

bool IsUsable(const v1::DeviceStatus& device) {
  if (device.state() == v1::DEVICE_STATE_OFFLINE) return false;
  switch (device.health()) {
    case v1::DEVICE_HEALTH_COOLING:
    case v1::DEVICE_HEALTH_QUARANTINED:
    case v1::DEVICE_HEALTH_UNFIT:
      return false;
    default:
      return true;
  }
}

std::string HealthWords(const v1::DeviceStatus& device, absl::Time now) {
  if (device.health_reason().empty()) return "";
  std::string words = absl::StrCat(HealthWord(device.health()), " for ",
                                   Seconds(now - absl::FromUnixMicros(device.health_since_unix_us())), ": ",
                                   device.health_reason());
  if (device.next_check_in_us() > 0)
    absl::StrAppend(&words, "; checked again in ", Seconds(absl::Microseconds(device.next_check_in_us())));
  return words;
}

std::string WhyUnusable(const v1::DeviceStatus& device, absl::Time now) {
  if (IsUsable(device)) return "";
  if (device.state() == v1::DEVICE_STATE_OFFLINE)
    return absl::StrCat("offline for ", Seconds(absl::Microseconds(device.last_seen_ago_us())));
  return HealthWords(device, now);
}

}  // namespace diapason::tracker
