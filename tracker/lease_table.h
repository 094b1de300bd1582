// Which device holds which trial, under which right, and until when. Not thread-safe; reads no clock: time is an
// argument, on the scale of Clock::Monotonic.
#ifndef DIAPASON_TRACKER_LEASE_TABLE_H_
#define DIAPASON_TRACKER_LEASE_TABLE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace diapason::tracker {

struct HeldTrial {
  std::string trial_id;
  std::string device_id;
  int64_t fencing_token = 0;
  absl::Duration expires_at;
};

class LeaseTable {
 public:
  // Tokens begin at `first_token` and grow by one with every grant. A table that follows another one (the tracker was
  // restarted) needs a first token above all of the other's.
  LeaseTable(int64_t first_token, absl::Duration duration) : next_token_(first_token), duration_(duration) {}

  // Gives the trial to the device; a lease that the trial had before is void.
  const HeldTrial& Grant(absl::string_view trial_id, absl::string_view device_id, absl::Duration now);

  // Extends all leases of a device.
  void Renew(absl::string_view device_id, absl::Duration now);

  // Whether `token` is the one of the trial's present lease. Expired leases count until TakeExpired removes them.
  bool IsCurrent(absl::string_view trial_id, int64_t token) const;

  // The trial's lease ends. No effect where it has none.
  void Release(absl::string_view trial_id);

  // A device's leases in the order of their grants: the first is the one that it works on.
  std::vector<HeldTrial> OfDevice(absl::string_view device_id) const;

  // Leases that are over at `now`, in the order of their grants.
  std::vector<HeldTrial> ExpiredAt(absl::Duration now) const;

  absl::Duration duration() const { return duration_; }

 private:
  int64_t next_token_;
  const absl::Duration duration_;
  std::map<std::string, HeldTrial, std::less<>> by_trial_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_LEASE_TABLE_H_
