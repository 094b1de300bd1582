// Handles one call of an agent in two steps. Begin takes in what the agent says; it is called once. Answer
// decides what the agent should do; it is called whenever the long poll looks for news.
//
// Lock rule: not thread-safe. The tracker's mutex guards this object and the state that it changes.
#ifndef DIAPASON_TRACKER_AGENT_CALLS_H_
#define DIAPASON_TRACKER_AGENT_CALLS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "diapason/v1/agent.pb.h"
#include "proto/domain/message_limits.h"
#include "tracker/tracker_state.h"
#include "tracker/trial_lifecycle.h"

namespace diapason::tracker {

// Handles the calls of all agents.
class AgentCalls {
 public:
  // Both must outlive this object.
  AgentCalls(TrackerState& state, TrialLifecycle& trials) : state_(state), trials_(trials) {}

  // Takes in the results, the health and the leaving of an agent whose call registration.h has accepted.
  // Returns the number of the call. While Device::calls equals this number, it is the agent's latest call.
  // Returns the errors of DeviceTable::RecordHeartbeat.
  absl::StatusOr<int64_t> Begin(const v1::SynchronizeRequest& request, absl::Duration now);

  // Returns what the agent should do now. Grants the trials that the answer contains.
  v1::SynchronizeResponse Answer(const v1::SynchronizeRequest& request, Device& device, absl::Duration now);

 private:
  void AcceptResult(const v1::LeasedResult& leased, Device& device, absl::Duration now);
  void AddAcknowledged(const v1::SynchronizeRequest& request, v1::SynchronizeResponse& response);
  void GrantTrials(Device& device, int slots, BatchBudget& budget, v1::SynchronizeResponse& response);
  void AddAssignment(const TrackedTrial& trial, const Lease& lease, v1::SynchronizeResponse& response) const;

  TrackerState& state_;
  TrialLifecycle& trials_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_AGENT_CALLS_H_
