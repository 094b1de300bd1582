// The tracker's time limits and sizes.
#ifndef DIAPASON_TRACKER_TRACKER_OPTIONS_H_
#define DIAPASON_TRACKER_TRACKER_OPTIONS_H_

#include <cstdint>

#include "absl/time/time.h"

namespace diapason::tracker {

// All time limits and sizes of one tracker, with their defaults.
struct TrackerOptions {
  absl::Duration lease = absl::Seconds(10);  // a device that has not called for this long loses its trials
  int max_held = 4;                          // trials at a device: one that runs, and the next ones
  int max_attempts = 3;                      // a trial is given up after this many failures of devices
  int64_t max_waiting = 10'000;              // trials in the queue, of all clients together
  // The queue deadline: as long as one device needs for `max_waiting` trials of a second each.
  absl::Duration queue_deadline = absl::Hours(3);
  // The no-device deadline: several times as long as a board needs to restart or to be updated, or as the
  // longest back-off of its health.
  absl::Duration no_device_deadline = absl::Minutes(20);
  int64_t artifact_bytes = int64_t{512} << 20;  // the size of the artifact cache
  // A client calls every few seconds. A client that has not called for this long has probably died. Its
  // unfinished trials are dropped, so that no device works for nobody. If the client comes back, it is
  // told to submit them again.
  absl::Duration client_lease = absl::Seconds(30);
  absl::Duration forget_client = absl::Minutes(10);  // then its results are dropped, too
  absl::Duration forget_device = absl::Hours(1);     // then an offline device is no longer listed
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_TRACKER_OPTIONS_H_
