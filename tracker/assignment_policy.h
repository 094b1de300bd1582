// Which of the waiting trials a device takes. Pure functions: they change no trial.
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

struct DeviceView {
  absl::string_view device_id;
  absl::string_view target_fingerprint;
};

bool Matches(const v1::DeviceSelector& selector, const DeviceView& device);

// Whether `device` may take the trial: it matches, and it did not fail the trial before while one of the
// `usable_devices` (connected, not quarantined) that match did not.
bool MayTake(const TrackedTrial& trial, const DeviceView& device,
             absl::Span<const DeviceView> usable_devices);

// At most `slots` of the trials for `device`, in the order in which it is to do them: the highest priority
// first, then the client that was served least (`served`; absent: 0), then the earliest in `waiting`, which
// is in order of submission.
std::vector<TrackedTrial*> ChooseTrials(const DeviceView& device, int slots,
                                        absl::Span<TrackedTrial* const> waiting,
                                        absl::Span<const DeviceView> usable_devices,
                                        std::map<std::string, int64_t> served);

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_ASSIGNMENT_POLICY_H_
