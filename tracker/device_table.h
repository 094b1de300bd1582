// The devices a tracker knows: who they are, when they were last heard of, how healthy and how busy they are.
// Not thread-safe; reads no clock: time is an argument, on the scale of Clock::Monotonic.
//
// Health: GOOD -(infrastructure failure)-> SUSPECT -(two more in a row)-> QUARANTINED; any other outcome makes a
// suspect GOOD again, a new session of its agent every device.
#ifndef DIAPASON_TRACKER_DEVICE_TABLE_H_
#define DIAPASON_TRACKER_DEVICE_TABLE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "diapason/v1/tracker.pb.h"

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
  explicit Device(absl::Duration since) : busy(since) {}

  v1::DeviceInfo info;
  std::string target_fingerprint;
  std::string session_id;
  std::set<std::string> former_sessions;  // of agents that lost this name to a later one
  absl::Duration last_seen;
  bool connected = false;
  int64_t calls = 0;  // number of the latest Synchronize; an earlier one that still waits is out of date
  v1::DeviceHealth health = v1::DEVICE_HEALTH_GOOD;
  int failures_in_row = 0;
  int64_t completed = 0;
  BusyMeter busy;

  bool usable() const { return connected && health != v1::DEVICE_HEALTH_QUARANTINED; }
};

// Whether an outcome says something about the infrastructure rather than the schedule.
bool IsInfrastructureFailure(v1::OutcomeKind kind);

// What an outcome says about the device's health.
void NoteOutcome(v1::OutcomeKind kind, Device& device);

v1::DeviceStatus StatusOf(const Device& device, int64_t held_trials, absl::Duration now);

class DeviceTable {
 public:
  // Notes a call of a device's agent. True: it is another agent than before, so what the device held is lost.
  // FailedPrecondition: a later agent has taken this session's device name.
  absl::StatusOr<bool> NoteCall(const v1::DeviceInfo& info, absl::string_view session_id, absl::Duration now);

  // Null: not known. Stays valid until Forget removes it.
  Device* Find(absl::string_view device_id);

  // Drops what was not seen for `age`.
  void Forget(absl::Duration now, absl::Duration age);

  std::map<std::string, Device, std::less<>>& all() { return devices_; }

 private:
  std::map<std::string, Device, std::less<>> devices_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_DEVICE_TABLE_H_
