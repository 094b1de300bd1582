#include "tracker/lease_table.h"

#include <algorithm>

namespace diapason::tracker {
namespace {

std::vector<HeldTrial> InOrderOfGrant(std::vector<HeldTrial> trials) {
  std::sort(trials.begin(), trials.end(),
            [](const HeldTrial& a, const HeldTrial& b) { return a.fencing_token < b.fencing_token; });
  return trials;
}

}  // namespace

const HeldTrial& LeaseTable::Grant(absl::string_view trial_id, absl::string_view device_id,
                                   absl::Duration now) {
  HeldTrial& held = by_trial_[std::string(trial_id)];
  held = {std::string(trial_id), std::string(device_id), next_token_++, now + duration_};
  return held;
}

void LeaseTable::Renew(absl::string_view device_id, absl::Duration now) {
  for (auto& [id, held] : by_trial_) {
    if (held.device_id == device_id) held.expires_at = now + duration_;
  }
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
  return InOrderOfGrant(std::move(trials));
}

std::vector<HeldTrial> LeaseTable::ExpiredAt(absl::Duration now) const {
  std::vector<HeldTrial> trials;
  for (const auto& [id, held] : by_trial_) {
    if (held.expires_at <= now) trials.push_back(held);
  }
  return InOrderOfGrant(std::move(trials));
}

}  // namespace diapason::tracker
