#include "tracker/device_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_fingerprint.h"
#include "spdlog/spdlog.h"
#include "tracker/device_words.h"

namespace diapason::tracker {
namespace {

constexpr absl::Duration kBusyWindow = absl::Minutes(1);
constexpr size_t kFormerSessions = 8;

// Returns an error if a session may not take over the name that another session has.
absl::Status CheckClaim(const v1::DeviceInfo& info, absl::string_view session_id, Device& device,
                        absl::Duration now) {
  if (device.session_id.empty()) return absl::OkStatus();  // it was not known before this call
  const std::string& name = info.device_id();
  if (device.info.hardware_id() != info.hardware_id()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the name ", name, " belongs to another machine (id ", device.info.hardware_id(), ", last seen ",
        absl::FormatDuration(absl::Trunc(now - device.last_seen, absl::Seconds(1))),
        " ago), and this machine has the id ", info.hardware_id(),
        ": start this agent with another --name; if it replaces that machine, run `diapason devices --server "
        "HOST:PORT --release ",
        name, "` when the other one is offline"));
  }
  const auto& former = device.former_sessions;
  const bool was_replaced = std::find(former.begin(), former.end(), session_id) != former.end();
  if (was_replaced && device.connected) device.contested = true;
  if (was_replaced || (device.contested && device.connected)) {
    return absl::FailedPreconditionError(absl::StrCat("another agent on this machine has the name ", name,
                                                      ": start this agent with another --name"));
  }
  return absl::OkStatus();
}

}  // namespace

void BusyMeter::Add(absl::Duration now, absl::Duration busy) {
  absl::Duration begin = std::max(now - busy, since_);
  if (!intervals_.empty())
    begin = std::max(begin, intervals_.back().end);  // a device does one trial at a time
  if (begin < now) intervals_.push_back({begin, now});
  while (!intervals_.empty() && intervals_.front().end < now - kBusyWindow) intervals_.pop_front();
}

double BusyMeter::Share(absl::Duration now) const {
  const absl::Duration begin = std::max(now - kBusyWindow, since_);
  if (begin >= now) return 0;
  absl::Duration busy;
  for (const Interval& interval : intervals_) {
    busy += std::max(absl::ZeroDuration(), interval.end - std::max(interval.begin, begin));
  }
  return std::min(1.0, absl::FDivDuration(busy, now - begin));
}

v1::DeviceStatus StatusOf(const Device& device, int64_t held_trials, absl::Duration now, absl::Time wall) {
  v1::DeviceStatus status;
  *status.mutable_device() = device.info;
  status.set_target_fingerprint(device.target_fingerprint);
  status.set_state(!device.connected ? v1::DEVICE_STATE_OFFLINE
                   : held_trials > 0 ? v1::DEVICE_STATE_LEASED
                                     : v1::DEVICE_STATE_IDLE);
  status.set_health(device.health.state());
  status.set_health_reason(device.health.reason());
  status.set_health_since_unix_us(absl::ToUnixMicros(wall - (now - device.health.since())));
  status.set_next_check_in_us(absl::ToInt64Microseconds(device.health.UntilCheck(now)));
  status.set_queued(held_trials);
  status.set_completed(device.completed);
  status.set_busy_share(device.busy.Share(now));
  status.set_last_seen_ago_us(absl::ToInt64Microseconds(now - device.last_seen));
  return status;
}

void LogHealthChange(const Device& device, v1::DeviceHealth before) {
  const DeviceHealth& health = device.health;
  if (health.state() == before) return;
  const auto level = health.usable() ? spdlog::level::info : spdlog::level::warn;
  spdlog::log(level, "device={} health={} {}", device.info.device_id(), HealthWord(health.state()),
              health.reason());
}

absl::StatusOr<bool> DeviceTable::RecordHeartbeat(const v1::DeviceInfo& info, absl::string_view session_id,
                                                  absl::Duration now) {
  auto found = devices_.find(absl::string_view(info.device_id()));
  if (found == devices_.end()) found = devices_.emplace(info.device_id(), Device(now)).first;
  Device& device = found->second;
  const bool is_new = session_id != absl::string_view(device.session_id);
  if (is_new) {
    DIAPASON_RETURN_IF_ERROR(CheckClaim(info, session_id, device, now));
    if (!device.session_id.empty()) device.former_sessions.push_back(device.session_id);
    if (device.former_sessions.size() > kFormerSessions) device.former_sessions.pop_front();
    device.session_id = std::string(session_id);
    device.contested = false;
    device.health = DeviceHealth(now);
  }
  device.info = info;
  device.target_fingerprint = TargetFingerprint(info.target());
  device.last_seen = now;
  device.connected = true;
  ++device.calls;
  return is_new;
}

Device* DeviceTable::Find(absl::string_view device_id) {
  const auto found = devices_.find(device_id);
  return found == devices_.end() ? nullptr : &found->second;
}

void DeviceTable::Remove(absl::string_view device_id) {
  const auto found = devices_.find(device_id);
  if (found != devices_.end()) devices_.erase(found);
}

void DeviceTable::Forget(absl::Duration now, absl::Duration age) {
  for (auto it = devices_.begin(); it != devices_.end();) {
    it = now - it->second.last_seen > age ? devices_.erase(it) : std::next(it);
  }
}

}  // namespace diapason::tracker
