// The tracker without its network part: agents synchronize, clients submit trials and collect results.
// This class has the mutex and the long polls. The classes that it owns do the work:
//
//   Synchronize --> agent_calls.h ---+                       +--> trial_table.h: queue, leases, results
//   Submit, Collect, Cancel          +--> trial_lifecycle.h -+--> device_table.h: sessions, health
//               --> client_calls.h --+                       +--> client_table.h: owners, fair shares
//   every call --> deadlines.h ------+                       +--> artifact_cache.h, wait_queues.h
//
// An agent's copy of a result is acknowledged when the trial is forgotten, or when the result does not
// count because its trial is unknown or its token is not the present one.
//
// The tracker keeps nothing on disk. After a restart, clients submit their trials again and agents
// register again.
//
// Lock rule: thread-safe. One mutex guards everything except the artifact cache and the wait queues. Calls
// that wait do not hold it; they wait for at most a second at a time and then check all deadlines. The
// tracker owns no threads.
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

// Returns true if the caller does not wait for the answer any more. It is called often, also while the
// tracker's mutex is held.
using IsCancelled = std::function<bool()>;

// The tracker. Its calls may come from any thread.
class Tracker {
 public:
  explicit Tracker(const Clock& clock, TrackerOptions options = {});  // clock outlives this

  // AgentService.Synchronize. Waits for news for this device, for at most `request.wait_us` and at most a
  // third of the lease time. Returns early when a later call of the same agent arrives. Returns the errors
  // in agent.proto, and Cancelled if `is_cancelled` returns true.
  absl::StatusOr<v1::SynchronizeResponse> Synchronize(const v1::SynchronizeRequest& request,
                                                      const IsCancelled& is_cancelled);

  // The calls of clients take the Caller::name of the user; without certificates, all are the user "".

  // TrackerService.SubmitTrials. See ClientCalls::Submit.
  absl::Status Submit(const v1::SubmitTrialsRequest& request, const std::string& owner = "");

  // TrackerService.CollectResults. Waits for a result that has not been delivered before, for at most
  // `request.wait_us` and at most 30 s. Then returns all results that the client has not acknowledged, as
  // far as they fit into one answer. PermissionDenied: the client is another user's.
  absl::StatusOr<v1::CollectResultsResponse> Collect(const v1::CollectResultsRequest& request,
                                                     const IsCancelled& is_cancelled,
                                                     const std::string& owner = "");

  // TrackerService.CancelTrials. Forgets the trials; their agents are told to stop. PermissionDenied: the
  // client is another user's.
  absl::Status Cancel(const v1::CancelTrialsRequest& request, const std::string& owner = "");

  // TrackerService.ListDevices.
  v1::ListDevicesResponse ListDevices();

  // TrackerService.ReleaseDevice. Ends a device's rest, or frees the name of one that is offline.
  // NotFound: the device is not known.
  absl::StatusOr<v1::ReleaseDeviceResponse> ReleaseDevice(const v1::ReleaseDeviceRequest& request);

  // The artifacts that clients have uploaded. It may be used from any thread.
  ArtifactCache& artifacts() { return artifacts_; }

  // Makes every call that waits return at once, now and later. Call it before the server shuts down.
  void Shutdown() { queues_.Close(); }

 private:
  const Clock& clock_;
  const absl::Duration lease_;

  // These have their own locks.
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
