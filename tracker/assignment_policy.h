// Decides which of the waiting trials a device takes. Pure functions; they change no trial.
#ifndef DIAPASON_TRACKER_ASSIGNMENT_POLICY_H_
#define DIAPASON_TRACKER_ASSIGNMENT_POLICY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "diapason/v1/tracker.pb.h"
#include "tracker/trial_table.h"

namespace diapason::tracker {

// What this file needs to know about a device.
struct DeviceView {
  absl::string_view device_id;
  absl::string_view target_fingerprint;
};

// Whether the selector allows the device.
bool Matches(const v1::DeviceSelector& selector, const DeviceView& device);

// Returns true if the device matches the trial's selector and either has not failed this trial, or every
// other usable device that matches has failed it too. `usable_devices` are all devices that are connected
// and get work.
bool MayTake(const TrackedTrial& trial, const DeviceView& device,
             absl::Span<const DeviceView> usable_devices);

// Returns at most `slots` of the trials for `device`, in the order in which it must do them. The order is:
// the highest priority first, then the client that was served least (`served`; 0 for a client that is not
// listed), then the first in `waiting`, which must be in order of submission.
std::vector<TrackedTrial*> ChooseTrials(const DeviceView& device, int slots,
                                        absl::Span<TrackedTrial* const> waiting,
                                        absl::Span<const DeviceView> usable_devices,
                                        std::map<std::string, int64_t> served);

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_ASSIGNMENT_POLICY_H_
