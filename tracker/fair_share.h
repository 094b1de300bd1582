// Counts how many trials each client was served, so that clients of equal priority get equal shares. This
// is start-time fair queueing (Goyal, Vin, Cheng, 1996) with one trial as the unit.
//
// Lock rule: not thread-safe. It is part of ClientTable, so the tracker's mutex guards it.
#ifndef DIAPASON_TRACKER_FAIR_SHARE_H_
#define DIAPASON_TRACKER_FAIR_SHARE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace diapason::tracker {

// The counts of all clients that have work.
class FairShare {
 public:
  // The client has work. It starts with the count of the client that was served least among those present.
  // So a client that was away gets nothing extra for its absence.
  void Enter(absl::string_view client_id);
  // The client has no more work.
  void Leave(absl::string_view client_id);

  // Counts one trial for the client.
  void Charge(absl::string_view client_id) { ++served_[std::string(client_id)]; }

  // Returns the count. The client with the lowest count is served first.
  int64_t Served(absl::string_view client_id) const;

 private:
  std::map<std::string, int64_t, std::less<>> served_;  // of the clients that have work
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_FAIR_SHARE_H_
