// How many trials each client was served, so that clients of equal priority get equal shares: start-time fair
// queueing (Goyal, Vin, Cheng, 1996) with one trial as the unit.
//
// Lock rule: not thread-safe; part of ClientTable, so the tracker's mutex guards it.
#ifndef DIAPASON_TRACKER_FAIR_SHARE_H_
#define DIAPASON_TRACKER_FAIR_SHARE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace diapason::tracker {

class FairShare {
 public:
  // The client has work. One that was away is not paid back for its absence: it starts level with the client
  // that was served least among those present.
  void Enter(absl::string_view client_id);
  // The client has no more work.
  void Leave(absl::string_view client_id);

  void Charge(absl::string_view client_id) { ++served_[std::string(client_id)]; }

  // Lower is served first.
  int64_t Served(absl::string_view client_id) const;

 private:
  std::map<std::string, int64_t, std::less<>> served_;  // of the clients present
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_FAIR_SHARE_H_
