// Which of the connected devices a job is measured on.
//
// A job's target may be a family of machines (proto/domain/target_fit.h), of which several unlike boards may
// be connected. Times of unlike boards cannot be compared, so a job takes boards of one kind only.
#ifndef DIAPASON_TUNER_JOB_DEVICE_CHOICE_H_
#define DIAPASON_TUNER_JOB_DEVICE_CHOICE_H_

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "diapason/v1/tracker.pb.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::tuner {

// The request's selector, completed: a device that is named stays; else the fingerprint of the boards that
// fit the target and are of its micro-architecture, or the nearest to it; of equally near kinds the one with
// more boards; emulators only where nothing else fits. InvalidArgument: code for the target is not for the
// named device. Unavailable: none that fits is connected.
absl::StatusOr<v1::DeviceSelector> ChooseDevices(const v1::SubmitJobRequest& request,
                                                 absl::Span<const v1::DeviceStatus> devices);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_DEVICE_CHOICE_H_
