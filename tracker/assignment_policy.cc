#include "tracker/assignment_policy.h"

#include <algorithm>
#include <tuple>

#include "proto/domain/target_fit.h"

namespace diapason::tracker {

bool Matches(const v1::DeviceSelector& selector, const DeviceView& device) {
  return IsSelected(selector, device.device_id, device.target_fingerprint);
}

bool MayTake(const TrackedTrial& trial, const DeviceView& device,
             absl::Span<const DeviceView> usable_devices) {
  const v1::DeviceSelector& selector = trial.submission.selector();
  if (!Matches(selector, device)) return false;
  const auto failed_on = [&](const DeviceView& other) {
    return trial.failed_devices.contains(std::string(other.device_id));
  };
  if (!failed_on(device)) return true;
  return std::none_of(usable_devices.begin(), usable_devices.end(),
                      [&](const DeviceView& other) { return Matches(selector, other) && !failed_on(other); });
}

std::vector<TrackedTrial*> ChooseTrials(const DeviceView& device, int slots,
                                        absl::Span<TrackedTrial* const> waiting,
                                        absl::Span<const DeviceView> usable_devices,
                                        std::map<std::string, int64_t> served) {
  std::vector<TrackedTrial*> chosen;
  if (slots <= 0) return chosen;
  std::vector<TrackedTrial*> eligible;
  for (TrackedTrial* trial : waiting) {
    if (MayTake(*trial, device, usable_devices)) eligible.push_back(trial);
  }
  while (static_cast<int>(chosen.size()) < slots && !eligible.empty()) {
    // min_element returns the first of several equal trials, which was submitted first.
    const auto next =
        std::min_element(eligible.begin(), eligible.end(), [&](const TrackedTrial* a, const TrackedTrial* b) {
          return std::make_tuple(b->submission.priority(), served[a->client_id]) <
                 std::make_tuple(a->submission.priority(), served[b->client_id]);
        });
    ++served[(*next)->client_id];
    chosen.push_back(*next);
    eligible.erase(next);
  }
  return chosen;
}

}  // namespace diapason::tracker
