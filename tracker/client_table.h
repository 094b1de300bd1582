// The tracker's clients (tuner-servers): which trials each of them owns, and how many trials each was
// served.
//
// Lock rule: not thread-safe. The tracker's mutex guards it.
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

// A tuner-server that uses the tracker.
struct Client {
  std::string owner;  // Caller::name of whoever made its first call
  absl::Duration last_seen;
  std::set<std::string> trials;    // the ids of its trials
  std::set<std::string> finished;  // the ids of those that are finished
  bool submit_again = false;       // true: its next answer must say that its trials are not here
};

// All clients that the tracker knows, by their ids.
class ClientTable {
 public:
  // Records a call of the client. Returns true if the client was not known before; it then belongs to
  // `owner`.
  bool RecordCall(const std::string& client_id, const std::string& owner, absl::Duration now);

  // Returns null if the client is not known.
  Client* Find(absl::string_view client_id);

  // Makes a known client the owner of the trial. Returns false if it already was.
  bool AssignOwner(const std::string& client_id, TrackedTrial& trial);

  // Records that the trial is finished.
  void MarkFinished(const TrackedTrial& trial);

  // Removes a trial, which is about to be forgotten, from its owner.
  void RemoveTrial(const TrackedTrial& trial);

  // Forgets a client. It must not own any trial.
  void Remove(absl::string_view client_id);

  // All clients by id, and their shares of the devices.
  std::map<std::string, Client, std::less<>>& all() { return clients_; }
  FairShare& share() { return share_; }

 private:
  std::map<std::string, Client, std::less<>> clients_;
  FairShare share_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_CLIENT_TABLE_H_
