// The devices that a tracker knows: what they are, when they were last heard from, how healthy they are
// (device_health.h) and how busy. Reads no clock: time is an argument, on the scale of Clock::Monotonic.
//
// Lock rule: not thread-safe. The tracker's mutex guards it.
//
// A name belongs to the machine (DeviceInfo.hardware_id) that used it first. Any other machine is refused,
// until the first one has been offline for an hour or an operator frees the name.
//
// Two agents on one machine may use the same name. The later one gets it, because it may have replaced an
// agent that was killed. But if the earlier agent turns out to be alive, the present one keeps the name as
// long as it is connected. Otherwise the two would take the name from each other for ever.
#ifndef DIAPASON_TRACKER_DEVICE_TABLE_H_
#define DIAPASON_TRACKER_DEVICE_TABLE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "diapason/v1/tracker.pb.h"
#include "tracker/device_health.h"

namespace diapason::tracker {

// Measures which share of the last minute a device spent on trials.
class BusyMeter {
 public:
  explicit BusyMeter(absl::Duration since) : since_(since) {}

  // Records that a trial ended at `now` and took `busy`.
  void Add(absl::Duration now, absl::Duration busy);
  // Returns the share from 0 to 1. If the device has been known for less than a minute, it is the share of
  // that time.
  double Share(absl::Duration now) const;

 private:
  struct Interval {
    absl::Duration begin;
    absl::Duration end;
  };
  absl::Duration since_;
  std::deque<Interval> intervals_;
};

// A device, as the tracker knows it.
struct Device {
  explicit Device(absl::Duration since) : health(since), busy(since) {}

  v1::DeviceInfo info;
  std::string target_fingerprint;
  std::string session_id;
  std::deque<std::string> former_sessions;  // the last few agents that lost this name to a later one
  bool contested = false;                   // true: a former session called, so two agents use this name
  absl::Duration last_seen;
  bool connected = false;
  int64_t calls = 0;  // the number of the latest Synchronize; earlier ones that still wait are out of date
  DeviceHealth health;

  int64_t completed = 0;  // trials whose results came from it, since the tracker knows it
  BusyMeter busy;
  int64_t oldest_token = 0;     // fencing token of its oldest lease, which it works on; 0: it holds none
  absl::Duration oldest_since;  // since when that lease is its oldest

  bool usable() const { return connected && health.usable(); }
};

// Returns the status as users see it. `wall` is the calendar time of `now`.
v1::DeviceStatus StatusOf(const Device& device, int64_t held_trials, absl::Duration now, absl::Time wall);

// Writes a log line if the device's health is no longer `before`.
void LogHealthChange(const Device& device, v1::DeviceHealth before);

// All devices that the tracker knows, by their ids.
class DeviceTable {
 public:
  // Records a call of a device's agent. Returns true if the agent is not the same as before, which means
  // that the device has lost what it held. FailedPrecondition: the name belongs to another machine, or to
  // another agent on the same machine. The message then says what to do, and the device stays unchanged.
  absl::StatusOr<bool> RecordHeartbeat(const v1::DeviceInfo& info, absl::string_view session_id,
                                       absl::Duration now);

  // Returns null if the device is not known. The pointer is valid until Remove or Forget drops the device.
  Device* Find(absl::string_view device_id);

  // Drops one device, so that its name is free.
  void Remove(absl::string_view device_id);

  // Drops all devices that have not called for `age`.
  void Forget(absl::Duration now, absl::Duration age);

  // All devices, by their ids.
  std::map<std::string, Device, std::less<>>& all() { return devices_; }
  const std::map<std::string, Device, std::less<>>& all() const { return devices_; }

 private:
  std::map<std::string, Device, std::less<>> devices_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_DEVICE_TABLE_H_
