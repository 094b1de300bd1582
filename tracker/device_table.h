// The devices a tracker knows: who they are, when they were last heard of, how healthy (device_health.h) and
// how busy they are. Reads no clock: time is an argument, on the scale of Clock::Monotonic.
//
// Lock rule: not thread-safe; the tracker's mutex guards it.
//
// A name belongs to the machine (DeviceInfo.hardware_id) that claimed it first, until the machine has been
// offline for an hour or an operator frees the name. Any other machine is refused. Of two agents on one
// machine the later one has the name, since a killed agent and its successor look just like that; but when
// the former turns out to be alive, the present one keeps the name as long as it is connected, so that the
// two do not take it from each other for ever.
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

// Share of the last minute that a device spent on trials.
class BusyMeter {
 public:
  explicit BusyMeter(absl::Duration since) : since_(since) {}

  // A trial ended at `now` and took `busy`.
  void Add(absl::Duration now, absl::Duration busy);
  // 0 to 1; of the time since the device is known where that is less than a minute.
  double Share(absl::Duration now) const;

 private:
  struct Interval {
    absl::Duration begin;
    absl::Duration end;
  };
  absl::Duration since_;
  std::deque<Interval> intervals_;
};

struct Device {
  explicit Device(absl::Duration since) : health(since), busy(since) {}

  v1::DeviceInfo info;
  std::string target_fingerprint;
  std::string session_id;
  std::deque<std::string> former_sessions;  // of agents that lost this name to a later one; the latest few
  bool contested = false;                   // a former session called: two agents of one machine use the name
  absl::Duration last_seen;
  bool connected = false;
  int64_t calls = 0;  // number of the latest Synchronize; an earlier one that still waits is out of date
  DeviceHealth health;
  int64_t completed = 0;
  BusyMeter busy;
  int64_t oldest_token = 0;     // fencing token of the lease that it works on, its oldest; 0: it holds none
  absl::Duration oldest_since;  // since when that one is its oldest

  bool usable() const { return connected && health.usable(); }
};

// `wall` is the calendar time of `now`.
v1::DeviceStatus StatusOf(const Device& device, int64_t held_trials, absl::Duration now, absl::Time wall);

// Says in the log that the device's health is another than `before`, if it is.
void LogHealthChange(const Device& device, v1::DeviceHealth before);

class DeviceTable {
 public:
  // Notes a call of a device's agent. Returns whether it is another agent than before, so that what the
  // device held is lost. FailedPrecondition: the name is another machine's, or another agent's of this
  // machine; the message says what to do, and the call changes nothing of the device.
  absl::StatusOr<bool> RecordHeartbeat(const v1::DeviceInfo& info, absl::string_view session_id,
                                       absl::Duration now);

  // Returns null if the device is not known. It stays valid until Remove or Forget drops it.
  Device* Find(absl::string_view device_id);

  // Drops one device; its name is free.
  void Remove(absl::string_view device_id);

  // Drops what was not seen for `age`.
  void Forget(absl::Duration now, absl::Duration age);

  std::map<std::string, Device, std::less<>>& all() { return devices_; }
  const std::map<std::string, Device, std::less<>>& all() const { return devices_; }

 private:
  std::map<std::string, Device, std::less<>> devices_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_DEVICE_TABLE_H_
