// What a job waits for while no device works for it. Pure.
#ifndef DIAPASON_TUNER_JOB_DEVICE_WAIT_H_
#define DIAPASON_TUNER_JOB_DEVICE_WAIT_H_

#include <string>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "diapason/v1/tracker.pb.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::tuner {

// Which devices a job may use: those that were chosen for it when it was submitted (device_choice.h), else,
// for a job of an older log, all with the fingerprint of its target.
v1::DeviceSelector JobSelector(const v1::SubmitJobRequest& request);

// Devices that `selector` allows and that are connected, whatever their health.
int CountConnected(absl::Span<const v1::DeviceStatus> devices, const v1::DeviceSelector& selector);

// Why none of the devices that `selector` allows gets work, in one line, e.g. "box-1 is cooling for 3m: ...;
// checked again in 40s". Empty: at least one does.
std::string WaitReason(absl::Span<const v1::DeviceStatus> devices, const v1::DeviceSelector& selector,
                       absl::Time now);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_DEVICE_WAIT_H_
