// Handles the calls of clients: it takes in trials, and gives out results until the client has
// acknowledged them.
//
// Lock rule: not thread-safe. The tracker's mutex guards this object and the state that it changes.
#ifndef DIAPASON_TRACKER_CLIENT_CALLS_H_
#define DIAPASON_TRACKER_CLIENT_CALLS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "diapason/v1/tracker.pb.h"
#include "tracker/tracker_state.h"
#include "tracker/trial_lifecycle.h"

namespace diapason::tracker {

// Handles the calls of all clients.
class ClientCalls {
 public:
  // Both must outlive this object.
  ClientCalls(TrackerState& state, TrialLifecycle& trials) : state_(state), trials_(trials) {}

  // Returns PermissionDenied if the client belongs to another user than `owner` (Caller::name). Every call
  // of a client must pass this check first.
  absl::Status CheckClient(const std::string& client_id, const std::string& owner);

  // Takes in trials, up to the first one that cannot be accepted. A trial that is known already keeps its
  // state, and from now on belongs to the client that submitted it last. Returns the errors of
  // SubmitTrials (tracker.proto).
  absl::Status Submit(const v1::SubmitTrialsRequest& request, const std::string& owner, absl::Duration now);

  // Forgets the finished trials that the client has acknowledged.
  void Acknowledge(const v1::CollectResultsRequest& request);

  // Records that the client waits for results. If one of its unacknowledged results is new, or if
  // `at_once` is set, returns all of them that fit into an answer. Otherwise returns nullopt.
  std::optional<v1::CollectResultsResponse> Collect(const std::string& client_id, const std::string& owner,
                                                    bool at_once, absl::Duration now);

  // Forgets those trials of `owner` that the request names. Their agents are told to stop.
  void Cancel(const v1::CancelTrialsRequest& request, const std::string& owner);

 private:
  absl::Status SubmitOne(const std::string& client_id, const std::string& owner,
                         const v1::TrialSubmission& submission, absl::Duration now);
  absl::Status PinArtifacts(const v1::TrialSubmission& submission);
  bool HasNewResult(const Client& client);
  v1::CollectResultsResponse Deliver(const Client& client);

  TrackerState& state_;
  TrialLifecycle& trials_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_CLIENT_CALLS_H_
