#include "tracker/lease_table.h"

#include <algorithm>

namespace diapason::tracker {

const Lease& LeaseTable::Grant(absl::string_view trial_id, absl::string_view device_id) {
  Lease& lease = by_trial_[std::string(trial_id)];
  lease = {std::string(trial_id), std::string(device_id), next_token_++};
  return lease;
}

bool LeaseTable::IsCurrent(absl::string_view trial_id, int64_t token) const {
  const auto found = by_trial_.find(trial_id);
  return found != by_trial_.end() && found->second.fencing_token == token;
}

void LeaseTable::Release(absl::string_view trial_id) {
  const auto found = by_trial_.find(trial_id);
  if (found != by_trial_.end()) by_trial_.erase(found);
}

std::vector<Lease> LeaseTable::OfDevice(absl::string_view device_id) const {
  std::vector<Lease> leases;
  for (const auto& [id, lease] : by_trial_) {
    if (lease.device_id == device_id) leases.push_back(lease);
  }
  std::sort(leases.begin(), leases.end(),
            [](const Lease& a, const Lease& b) { return a.fencing_token < b.fencing_token; });
  return leases;
}

std::map<std::string, Lease> LeaseTable::OldestOfEachDevice() const {
  std::map<std::string, Lease> oldest;
  for (const auto& [id, lease] : by_trial_) {
    const auto [entry, is_new] = oldest.try_emplace(lease.device_id, lease);
    if (!is_new && lease.fencing_token < entry->second.fencing_token) entry->second = lease;
  }
  return oldest;
}

}  // namespace diapason::tracker
