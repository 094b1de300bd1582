// Which device holds which trial, and under which right. All leases of a device end together, when it falls
// silent: see Device::last_seen.
//
// Lock rule: not thread-safe; part of TrialTable, so the tracker's mutex guards it.
#ifndef DIAPASON_TRACKER_LEASE_TABLE_H_
#define DIAPASON_TRACKER_LEASE_TABLE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace diapason::tracker {

// The right of a device to do a trial. A result counts only under the token of the trial's present lease.
struct Lease {
  std::string trial_id;
  std::string device_id;
  int64_t fencing_token = 0;
};

class LeaseTable {
 public:
  // Tokens begin at `first_token` and grow by one with every grant. A table that follows another one (the
  // tracker was restarted) needs a first token above all of the other's.
  explicit LeaseTable(int64_t first_token) : next_token_(first_token) {}

  // Gives the trial to the device. A lease that the trial had before is void. The result stays valid until
  // the trial is granted again or released.
  const Lease& Grant(absl::string_view trial_id, absl::string_view device_id);

  // Whether `token` is the one of the trial's present lease.
  bool IsCurrent(absl::string_view trial_id, int64_t token) const;

  // The trial's lease ends. No effect where it has none.
  void Release(absl::string_view trial_id);

  // A device's leases in the order of their grants: the first is the one that it works on.
  std::vector<Lease> OfDevice(absl::string_view device_id) const;

  // The first lease of every device that has one, by device.
  std::map<std::string, Lease> OldestOfEachDevice() const;

 private:
  int64_t next_token_;
  std::map<std::string, Lease, std::less<>> by_trial_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_LEASE_TABLE_H_
