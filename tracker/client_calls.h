// The calls of clients: trials come in, results go out, until the client has acknowledged them.
//
// Lock rule: not thread-safe; the tracker's mutex guards it, as it does the state that it works on.
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

class ClientCalls {
 public:
  // Both outlive this.
  ClientCalls(TrackerState& state, TrialLifecycle& trials) : state_(state), trials_(trials) {}

  // Takes trials in, up to the first that cannot be taken. A trial that is known already keeps its state and
  // follows the client that submitted it last. Codes: see tracker.proto; InvalidArgument also: an id is
  // missing.
  absl::Status Submit(const v1::SubmitTrialsRequest& request, absl::Duration now);

  // Forgets the finished trials that the client has acknowledged.
  void Acknowledge(const v1::CollectResultsRequest& request);

  // Notes that the client waits for results. Returns all that it has not acknowledged, as far as they fit
  // into an answer, if one of them is new or `at_once` is set; else nullopt.
  std::optional<v1::CollectResultsResponse> Collect(const std::string& client_id, bool at_once,
                                                    absl::Duration now);

  // The trials are forgotten; the agents are told to stop.
  void Cancel(const v1::CancelTrialsRequest& request);

 private:
  absl::Status SubmitOne(const std::string& client_id, const v1::TrialSubmission& submission,
                         absl::Duration now);
  absl::Status PinArtifacts(const v1::TrialSubmission& submission);
  bool HasNewResult(const Client& client);
  v1::CollectResultsResponse Deliver(const Client& client);

  TrackerState& state_;
  TrialLifecycle& trials_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_CLIENT_CALLS_H_
