// The tracker without a network: agents synchronize, clients submit and collect. What it does with their
// calls is split by subject; this class has the mutex and the long polls.
//
//   Synchronize --> agent_calls.h ---+                       +--> trial_table.h: queue, leases, results
//   Submit, Collect, Cancel          +--> trial_lifecycle.h -+--> device_table.h: sessions, health
//               --> client_calls.h --+                       +--> client_table.h: owners, fair shares
//   every call --> deadlines.h ------+                       +--> artifact_cache.h, wait_queues.h
//
// An agent's copy of a result is acknowledged when the trial is forgotten, or when the result is void: of a
// trial that is unknown, or under a token that is not the present one.
//
// Keeps nothing on disk: after a restart clients submit again and agents announce themselves again.
//
// Lock rule: thread-safe. One mutex guards everything but the artifact cache and the wait queues. Calls that
// wait do so without it, at most a second at a time, and then look for what has expired. Owns no threads.
#ifndef DIAPASON_TRACKER_TRACKER_H_
#define DIAPASON_TRACKER_TRACKER_H_

#include <functional>

#include "absl/status/statusor.h"
#include "diapason/v1/agent.pb.h"
#include "diapason/v1/tracker.pb.h"
#include "proto/base/clock.h"
#include "proto/base/mutex.h"
#include "tracker/agent_calls.h"
#include "tracker/artifact_cache.h"
#include "tracker/client_calls.h"
#include "tracker/deadlines.h"
#include "tracker/tracker_options.h"
#include "tracker/tracker_state.h"
#include "tracker/trial_lifecycle.h"
#include "tracker/wait_queues.h"

namespace diapason::tracker {

// Returns whether the caller has given up, so that nobody waits for the answer any more. Called often, also
// with the tracker's mutex held.
using IsCancelled = std::function<bool()>;

class Tracker {
 public:
  explicit Tracker(const Clock& clock, TrackerOptions options = {});  // clock outlives this

  // AgentService.Synchronize. Waits up to `request.wait_us`, at most a third of the lease, for news for this
  // device; ends early when a later call of the same agent arrives. Codes: see agent.proto; also Cancelled:
  // `is_cancelled` says so.
  absl::StatusOr<v1::SynchronizeResponse> Synchronize(const v1::SynchronizeRequest& request,
                                                      const IsCancelled& is_cancelled);

  // TrackerService. See ClientCalls::Submit.
  absl::Status Submit(const v1::SubmitTrialsRequest& request);

  // Waits up to `request.wait_us`, at most 30 s, for a result that was not delivered before; then returns all
  // results that the client has not acknowledged, as far as they fit.
  v1::CollectResultsResponse Collect(const v1::CollectResultsRequest& request,
                                     const IsCancelled& is_cancelled);

  // The trials are forgotten; the agents are told to stop.
  void Cancel(const v1::CancelTrialsRequest& request);

  v1::ListDevicesResponse ListDevices();

  // Ends a device's rest, or frees the name of one that is offline. NotFound: no such device is known.
  absl::StatusOr<v1::ReleaseDeviceResponse> ReleaseDevice(const v1::ReleaseDeviceRequest& request);

  ArtifactCache& artifacts() { return artifacts_; }

  // Every call that waits, now or later, returns at once. For the time before the server shuts down.
  void Shutdown() { queues_.Close(); }

 private:
  const Clock& clock_;
  const absl::Duration lease_;

  // With locks of their own.
  ArtifactCache artifacts_;
  WaitQueues queues_;

  Mutex mu_;
  TrackerState state_ ABSL_GUARDED_BY(mu_);
  TrialLifecycle lifecycle_ ABSL_GUARDED_BY(mu_);
  AgentCalls agent_calls_ ABSL_GUARDED_BY(mu_);
  ClientCalls client_calls_ ABSL_GUARDED_BY(mu_);
  Deadlines deadlines_ ABSL_GUARDED_BY(mu_);
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_TRACKER_H_
