// What the tracker knows, for the parts of it that act on it: trial_lifecycle.h, agent_calls.h,
// client_calls.h, deadlines.h.
//
// Lock rule: not thread-safe; the tracker's mutex guards all of it but the artifact cache and the wait
// queues, which have locks of their own and may be used while the tracker's mutex is held.
#ifndef DIAPASON_TRACKER_TRACKER_STATE_H_
#define DIAPASON_TRACKER_TRACKER_STATE_H_

#include <vector>

#include "absl/time/time.h"
#include "proto/base/clock.h"
#include "tracker/artifact_cache.h"
#include "tracker/assignment_policy.h"
#include "tracker/client_table.h"
#include "tracker/device_table.h"
#include "tracker/tracker_options.h"
#include "tracker/trial_table.h"
#include "tracker/wait_queues.h"

namespace diapason::tracker {

struct TrackerState {
  const Clock& clock;
  const TrackerOptions options;
  ArtifactCache& artifacts;
  WaitQueues& queues;
  // Fencing tokens begin at the time of day in microseconds, so that those of a former tracker are always
  // older.
  TrialTable trials{absl::ToUnixMicros(clock.Now())};
  DeviceTable devices = {};
  ClientTable clients = {};
};

inline DeviceView ViewOf(const Device& device) {
  return {device.info.device_id(), device.target_fingerprint};
}

// All devices that are connected and get work.
inline std::vector<DeviceView> UsableDevices(const DeviceTable& devices) {
  std::vector<DeviceView> usable;
  for (const auto& [id, device] : devices.all()) {
    if (device.usable()) usable.push_back(ViewOf(device));
  }
  return usable;
}

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_TRACKER_STATE_H_
