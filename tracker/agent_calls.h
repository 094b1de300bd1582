// One call of an agent, in two steps: what the agent says is taken in, once (Begin); then what it should do
// is put together (Answer), as often as the call looks for news.
//
// Lock rule: not thread-safe; the tracker's mutex guards it, as it does the state that it works on.
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

class AgentCalls {
 public:
  // Both outlive this.
  AgentCalls(TrackerState& state, TrialLifecycle& trials) : state_(state), trials_(trials) {}

  // Takes in results, health and leave of a call that registration.h has accepted. Returns the call's number:
  // it is the agent's latest one while Device::calls is the same. Codes: as DeviceTable::RecordHeartbeat.
  absl::StatusOr<int64_t> Begin(const v1::SynchronizeRequest& request, absl::Duration now);

  // What the agent should do as of now. Grants the trials that it names.
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
