// What a device's status means, for the programs that show it or wait for the device. Pure.
#ifndef DIAPASON_TRACKER_DEVICE_WORDS_H_
#define DIAPASON_TRACKER_DEVICE_WORDS_H_

#include <string>

#include "absl/time/time.h"
#include "diapason/v1/tracker.pb.h"

namespace diapason::tracker {

// The state's name in words, e.g. "cooling".
std::string HealthWord(v1::DeviceHealth health);

// Whether the device gets work, now or as soon as a check of it has passed.
bool IsUsable(const v1::DeviceStatus& device);

// Its health and why, since when, and when it is looked at again; one line, e.g. "cooling for 3m: 3 failures
// in a row, the last: ...; checked again in 40s". Empty: it is good, or offline and was good.
std::string HealthWords(const v1::DeviceStatus& device, absl::Time now);

// Why the device gets no work: "offline for 5m", or its health. Empty: it is usable.
std::string WhyUnusable(const v1::DeviceStatus& device, absl::Time now);

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_DEVICE_WORDS_H_
