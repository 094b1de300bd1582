// How long the tracker waits for whom, and how much it takes.
#ifndef DIAPASON_TRACKER_TRACKER_OPTIONS_H_
#define DIAPASON_TRACKER_TRACKER_OPTIONS_H_

#include <cstdint>

#include "absl/time/time.h"

namespace diapason::tracker {

struct TrackerOptions {
  absl::Duration lease = absl::Seconds(10);  // a device that is silent this long has lost its work
  int max_held = 4;                          // trials at a device: one running, the others its next work
  int max_attempts = 3;                      // failures of devices after which a trial is given up
  int64_t max_waiting = 10'000;              // trials of all clients
  // The queue deadline: `max_waiting` trials of a second each, on one device.
  absl::Duration queue_deadline = absl::Hours(3);
  // The no-device deadline: a board's restart, an update, or the longest back-off of its health, several
  // times over.
  absl::Duration no_device_deadline = absl::Minutes(20);
  int64_t artifact_bytes = int64_t{512} << 20;  // of the artifact cache
  // A client calls every few seconds. One that is silent this long has probably died: what it has submitted
  // and is not finished is dropped, so that no device works for nobody. Should it come back, it is told to
  // submit again.
  absl::Duration client_lease = absl::Seconds(30);
  absl::Duration forget_client = absl::Minutes(10);  // a client silent this long loses its results, too
  absl::Duration forget_device = absl::Hours(1);     // an offline device is listed this long
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_TRACKER_OPTIONS_H_
