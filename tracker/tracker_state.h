// Everything that the tracker knows. The parts that work on it are trial_lifecycle.h, agent_calls.h,
// client_calls.h and deadlines.h.
//
// Lock rule: not thread-safe. The tracker's mutex guards all of it except the artifact cache and the wait
// queues, which have their own locks and may be used while the tracker's mutex is held.
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

// The tables and options that the parts of a tracker share.
struct TrackerState {
  const Clock& clock;
  const TrackerOptions options;
  ArtifactCache& artifacts;
  WaitQueues& queues;
  // Fencing tokens begin at the calendar time in microseconds, so that they are larger than those of a
  // tracker that ran before.
  TrialTable trials{absl::ToUnixMicros(clock.Now())};

  DeviceTable devices = {};
  ClientTable clients = {};
};

// The part of a device that the assignment policy reads.
inline DeviceView ViewOf(const Device& device) {
  return {device.info.device_id(), device.target_fingerprint};
}

// Returns all devices that are connected and get work.
inline std::vector<DeviceView> UsableDevices(const DeviceTable& devices) {
  std::vector<DeviceView> usable;
  for (const auto& [id, device] : devices.all()) {
    if (device.usable()) usable.push_back(ViewOf(device));
  }
  return usable;
}

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_TRACKER_STATE_H_
