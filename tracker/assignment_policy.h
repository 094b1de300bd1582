// Which of the waiting trials a device takes. Pure: a snapshot in, trial ids out.
#ifndef DIAPASON_TRACKER_ASSIGNMENT_POLICY_H_
#define DIAPASON_TRACKER_ASSIGNMENT_POLICY_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "diapason/v1/tracker.pb.h"

namespace diapason::tracker {

struct DeviceView {
  absl::string_view device_id;
  absl::string_view target_fingerprint;
};

struct WaitingTrial {
  absl::string_view trial_id;
  absl::string_view client_id;
  int priority = 0;
  const v1::DeviceSelector* selector = nullptr;  // not null
  const std::set<std::string>* failed_devices =
      nullptr;  // not null: devices where the infrastructure failed it
};

bool Matches(const v1::DeviceSelector& selector, const DeviceView& device);

// Whether `device` may take the trial: it matches, and it did not fail the trial before while one of the
// `usable_devices` (connected, not quarantined) that match did not.
bool MayTake(const WaitingTrial& trial, const DeviceView& device,
             absl::Span<const DeviceView> usable_devices);

// At most `slots` trials for `device`, in the order in which it is to do them: the highest priority first,
// then the client that was served least (`served`; absent: 0), then the earliest in `waiting`, which is in
// order of submission.
std::vector<std::string> ChooseTrials(const DeviceView& device, int slots,
                                      absl::Span<const WaitingTrial> waiting,
                                      absl::Span<const DeviceView> usable_devices,
                                      std::map<std::string, int64_t> served);

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_ASSIGNMENT_POLICY_H_
