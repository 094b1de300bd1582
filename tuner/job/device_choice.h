// Chooses on which of the connected devices a job is measured.
//
// A job's target may describe a family of machines (proto/domain/target_fit.h), and different boards of it
// may be connected. Times of different boards cannot be compared, so a job uses boards of one kind only.
#ifndef DIAPASON_TUNER_JOB_DEVICE_CHOICE_H_
#define DIAPASON_TUNER_JOB_DEVICE_CHOICE_H_

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "diapason/v1/tracker.pb.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::tuner {

// Returns the request's selector with the chosen kind of board filled in. A selector that names a device
// is returned unchanged. Otherwise the choice is the fingerprint of those boards that fit the target and
// have its micro-architecture, or are most similar to it. If several kinds are equally similar, the one
// with more boards is chosen. Emulators are chosen only if nothing else fits. Returns InvalidArgument if
// code for the target does not run on the named device, and Unavailable if no device that fits is
// connected.
absl::StatusOr<v1::DeviceSelector> ChooseDevices(const v1::SubmitJobRequest& request,
                                                 absl::Span<const v1::DeviceStatus> devices);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_DEVICE_CHOICE_H_
