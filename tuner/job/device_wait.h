// Says why no device works for a job. Pure functions.
#ifndef DIAPASON_TUNER_JOB_DEVICE_WAIT_H_
#define DIAPASON_TUNER_JOB_DEVICE_WAIT_H_

#include <string>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "diapason/v1/tracker.pb.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::tuner {

// Returns which devices a job may use. These are the devices that were chosen when it was submitted
// (device_choice.h). A job of an older log has no such choice; it may use all devices with the fingerprint
// of its target.
v1::DeviceSelector JobSelector(const v1::SubmitJobRequest& request);

// Returns the number of connected devices that `selector` allows, whatever their health is.
int CountConnected(absl::Span<const v1::DeviceStatus> devices, const v1::DeviceSelector& selector);

// Returns in one line why none of the devices that `selector` allows gets work, for example "box-1 is
// cooling for 3m: ...; checked again in 40s". Returns an empty string if at least one of them gets work.
std::string WaitReason(absl::Span<const v1::DeviceStatus> devices, const v1::DeviceSelector& selector,
                       absl::Time now);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_DEVICE_WAIT_H_
