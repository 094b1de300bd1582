#include "tracker/device_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/support/target_fingerprint.h"

namespace diapason::tracker {
namespace {

constexpr absl::Duration kBusyWindow = absl::Minutes(1);
constexpr int kFailuresToQuarantine = 3;

}  // namespace

void BusyMeter::Add(absl::Duration now, absl::Duration busy) {
  absl::Duration begin = std::max(now - busy, since_);
  if (!intervals_.empty()) begin = std::max(begin, intervals_.back().end);  // one trial at a time
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

bool IsInfrastructureFailure(v1::OutcomeKind kind) {
  return kind == v1::OUTCOME_KIND_DEVICE_LOST || kind == v1::OUTCOME_KIND_THROTTLED;
}

void NoteOutcome(v1::OutcomeKind kind, Device& device) {
  if (!IsInfrastructureFailure(kind)) {
    device.failures_in_row = 0;
    if (device.health == v1::DEVICE_HEALTH_SUSPECT) device.health = v1::DEVICE_HEALTH_GOOD;
    return;
  }
  ++device.failures_in_row;
  device.health = device.failures_in_row >= kFailuresToQuarantine ? v1::DEVICE_HEALTH_QUARANTINED
                                                                  : v1::DEVICE_HEALTH_SUSPECT;
}

v1::DeviceStatus StatusOf(const Device& device, int64_t held_trials, absl::Duration now) {
  v1::DeviceStatus status;
  *status.mutable_device() = device.info;
  status.set_target_fingerprint(device.target_fingerprint);
  status.set_state(!device.connected ? v1::DEVICE_STATE_OFFLINE
                   : held_trials > 0 ? v1::DEVICE_STATE_LEASED
                                     : v1::DEVICE_STATE_IDLE);
  status.set_health(device.health);
  status.set_queued(held_trials);
  status.set_completed(device.completed);
  status.set_busy_share(device.busy.Share(now));
  status.set_last_seen_ago_us(absl::ToInt64Microseconds(now - device.last_seen));
  return status;
}

absl::StatusOr<bool> DeviceTable::NoteCall(const v1::DeviceInfo& info, absl::string_view session_id,
                                           absl::Duration now) {
  auto found = devices_.find(absl::string_view(info.device_id()));
  if (found == devices_.end()) found = devices_.emplace(info.device_id(), Device(now)).first;
  Device& device = found->second;
  if (device.former_sessions.count(std::string(session_id)) > 0) {
    return absl::FailedPreconditionError(absl::StrCat("another agent has taken the name ", info.device_id(),
                                                      "; start this one with a --name of its own"));
  }
  const bool is_new = session_id != absl::string_view(device.session_id);
  if (is_new) {
    if (!device.session_id.empty()) device.former_sessions.insert(device.session_id);
    device.session_id = std::string(session_id);
    device.health = v1::DEVICE_HEALTH_GOOD;
    device.failures_in_row = 0;
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

void DeviceTable::Forget(absl::Duration now, absl::Duration age) {
  for (auto it = devices_.begin(); it != devices_.end();) {
    it = now - it->second.last_seen > age ? devices_.erase(it) : std::next(it);
  }
}

}  // namespace diapason::tracker
