// Chooses on which of the connected devices a job is measured, and on how many of their cores.
//
// A job's target may describe a family of machines (proto/domain/target_fit.h), and different boards of it
// may be connected. Times of different boards cannot be compared, so a job uses boards of one kind only.
#ifndef DIAPASON_TUNER_JOB_DEVICE_CHOICE_H_
#define DIAPASON_TUNER_JOB_DEVICE_CHOICE_H_

#include <cstdint>
#include <optional>
#include <vector>

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

// What a job must know about its devices.
struct DeviceFacts {
  int cores = 1;                          // the smallest number of cores of a device
  std::optional<v1::MachineSpeed> speed;  // of the first device that says it
};
// Returns these facts about the connected devices that `selector` allows.
DeviceFacts FactsOf(absl::Span<const v1::DeviceStatus> devices, const v1::DeviceSelector& selector);

// Returns the numbers of threads for which a job is tuned, in ascending order and each once: those that it
// `wanted`, or 1 and all cores. Returns InvalidArgument if a number is below 1 or above `cores`.
absl::StatusOr<std::vector<int>> ChooseThreads(absl::Span<const int32_t> wanted, int cores);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_DEVICE_CHOICE_H_
