#include "tracker/lease_table.h"

#include <algorithm>

namespace diapason::tracker {

const HeldTrial& LeaseTable::Grant(absl::string_view trial_id, absl::string_view device_id) {
  HeldTrial& held = by_trial_[std::string(trial_id)];
  held = {std::string(trial_id), std::string(device_id), next_token_++};
  return held;
}

bool LeaseTable::IsCurrent(absl::string_view trial_id, int64_t token) const {
  const auto found = by_trial_.find(trial_id);
  return found != by_trial_.end() && found->second.fencing_token == token;
}

void LeaseTable::Release(absl::string_view trial_id) {
  const auto found = by_trial_.find(trial_id);
  if (found != by_trial_.end()) by_trial_.erase(found);
}

std::vector<HeldTrial> LeaseTable::OfDevice(absl::string_view device_id) const {
  std::vector<HeldTrial> trials;
  for (const auto& [id, held] : by_trial_) {
    if (held.device_id == device_id) trials.push_back(held);
  }
  std::sort(trials.begin(), trials.end(),
            [](const HeldTrial& a, const HeldTrial& b) { return a.fencing_token < b.fencing_token; });
  return trials;
}

std::map<std::string, HeldTrial> LeaseTable::OldestOfEachDevice() const {
  std::map<std::string, HeldTrial> oldest;
  for (const auto& [id, held] : by_trial_) {
    const auto [entry, is_new] = oldest.try_emplace(held.device_id, held);
    if (!is_new && held.fencing_token < entry->second.fencing_token) entry->second = held;
  }
  return oldest;
}

}  // namespace diapason::tracker
