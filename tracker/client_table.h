// The clients (tuner-servers) of the tracker, the trials that each of them owns, and the share of the devices
// that each has had.
//
// Lock rule: not thread-safe; the tracker's mutex guards it.
#ifndef DIAPASON_TRACKER_CLIENT_TABLE_H_
#define DIAPASON_TRACKER_CLIENT_TABLE_H_

#include <map>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tracker/fair_share.h"
#include "tracker/trial_table.h"

namespace diapason::tracker {

struct Client {
  absl::Duration last_seen;
  std::set<std::string> trials;    // that it owns
  std::set<std::string> finished;  // those of them that are finished
  bool submit_again = false;       // it is still to be told that its trials are not here
};

class ClientTable {
 public:
  // Notes a call of the client. Returns whether it was not known before.
  bool RecordCall(const std::string& client_id, absl::Duration now);

  // Returns null if the client is not known.
  Client* Find(absl::string_view client_id);

  // Makes the client, which is known, the owner of the trial. Returns false if it was already.
  bool AssignOwner(const std::string& client_id, TrackedTrial& trial);

  // The trial is finished.
  void MarkFinished(const TrackedTrial& trial);

  // Takes the trial, which is about to be forgotten, away from its owner.
  void RemoveTrial(const TrackedTrial& trial);

  // Forgets a client that owns nothing.
  void Remove(absl::string_view client_id);

  std::map<std::string, Client, std::less<>>& all() { return clients_; }
  FairShare& share() { return share_; }

 private:
  std::map<std::string, Client, std::less<>> clients_;
  FairShare share_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_CLIENT_TABLE_H_
