// Says in words what a device's status means, for programs that show the status or wait for the device.
// Pure functions.
#ifndef DIAPASON_TRACKER_DEVICE_WORDS_H_
#define DIAPASON_TRACKER_DEVICE_WORDS_H_

#include <string>

#include "absl/time/time.h"
#include "diapason/v1/tracker.pb.h"

namespace diapason::tracker {

// Returns the health in lower case, e.g. "cooling".
std::string HealthWord(v1::DeviceHealth health);

// Returns whether the device gets work, now or as soon as its check has passed.
bool IsUsable(const v1::DeviceStatus& device);

// Returns one line with the health, its reason, its age and the time until the next check, e.g. "cooling
// for 3m: 3 failures in a row, the last: ...; checked again in 40s". Returns "" if the health is good.
std::string HealthWords(const v1::DeviceStatus& device, absl::Time now);

// Returns why the device gets no work: "offline for 5m", or its health. Returns "" if it is usable.
std::string WhyUnusable(const v1::DeviceStatus& device, absl::Time now);

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_DEVICE_WORDS_H_
