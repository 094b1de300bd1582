#include "tracker/assignment_policy.h"

#include <algorithm>
#include <tuple>

#include "proto/domain/target_fit.h"

namespace diapason::tracker {

bool Matches(const v1::DeviceSelector& selector, const DeviceView& device) {
  return IsSelected(selector, device.device_id, device.target_fingerprint);
}

bool MayTake(const WaitingTrial& trial, const DeviceView& device,
             absl::Span<const DeviceView> usable_devices) {
  if (!Matches(*trial.selector, device)) return false;
  const auto failed_on = [&](const DeviceView& other) {
    return trial.failed_devices->count(std::string(other.device_id)) > 0;
  };
  if (!failed_on(device)) return true;
  return std::none_of(usable_devices.begin(), usable_devices.end(), [&](const DeviceView& other) {
    return Matches(*trial.selector, other) && !failed_on(other);
  });
}

std::vector<std::string> ChooseTrials(const DeviceView& device, int slots,
                                      absl::Span<const WaitingTrial> waiting,
                                      absl::Span<const DeviceView> usable_devices,
                                      std::map<std::string, int64_t> served) {
  std::vector<std::string> chosen;
  if (slots <= 0) return chosen;
  std::vector<const WaitingTrial*> eligible;
  for (const WaitingTrial& trial : waiting) {
    if (MayTake(trial, device, usable_devices)) eligible.push_back(&trial);
  }
  while (static_cast<int>(chosen.size()) < slots && !eligible.empty()) {
    // min_element returns the first of equals, which was submitted first.
    const auto next =
        std::min_element(eligible.begin(), eligible.end(), [&](const WaitingTrial* a, const WaitingTrial* b) {
          return std::make_tuple(b->priority, served[std::string(a->client_id)]) <
                 std::make_tuple(a->priority, served[std::string(b->client_id)]);
        });
    ++served[std::string((*next)->client_id)];
    chosen.emplace_back((*next)->trial_id);
    eligible.erase(next);
  }
  return chosen;
}

}  // namespace diapason::tracker
