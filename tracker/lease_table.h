// Records which device holds which trial, and under which fencing token. All leases of a device end
// together when the device stops calling (see Device::last_seen).
//
// Lock rule: not thread-safe. It is part of TrialTable, so the tracker's mutex guards it.
#ifndef DIAPASON_TRACKER_LEASE_TABLE_H_
#define DIAPASON_TRACKER_LEASE_TABLE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace diapason::tracker {

// The right of a device to work on a trial. A result counts only if it comes with the token of the trial's
// present lease.
struct Lease {
  std::string trial_id;
  std::string device_id;
  int64_t fencing_token = 0;  // grows with every lease that is granted
};

// All leases, by trial.
class LeaseTable {
 public:
  // The first lease gets the token `first_token`, and each later one the next number. After a restart of
  // the tracker, `first_token` must be larger than all tokens before.
  explicit LeaseTable(int64_t first_token) : next_token_(first_token) {}

  // Gives the trial to the device. A lease that the trial had before becomes invalid. The returned
  // reference is valid until the trial is granted again or released.
  const Lease& Grant(absl::string_view trial_id, absl::string_view device_id);

  // Returns whether `token` is the token of the trial's present lease.
  bool IsCurrent(absl::string_view trial_id, int64_t token) const;

  // Ends the trial's lease. Has no effect if it has none.
  void Release(absl::string_view trial_id);

  // Returns a device's leases in the order of their grants. The first one is the one that the device works
  // on.
  std::vector<Lease> OfDevice(absl::string_view device_id) const;

  // Returns the first lease of every device that has one, by device_id.
  std::map<std::string, Lease> OldestOfEachDevice() const;

 private:
  int64_t next_token_;
  std::map<std::string, Lease, std::less<>> by_trial_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_LEASE_TABLE_H_
