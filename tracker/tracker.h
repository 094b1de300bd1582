// The tracker itself, without a network: agents synchronize, clients submit and collect.
//
// A trial: waiting -(granted)-> held by a device -(result)-> finished -(acknowledged by its client)-> forgotten. The
// agent's copy of a result is acknowledged when the trial is forgotten, or when the result is void: of a trial that
// is unknown, or under a token that is not the present one. From held it goes back to waiting when its device falls
// silent, restarts, leaves, is quarantined, or reports a failure of the infrastructure. A failure that may be the
// trial's own fault (it was being measured) counts as an attempt; after three it is finished as DEVICE_LOST. A failure of
// the reference is tried on another device and is finished where there is none.
//
// Nothing waits for ever. A device has the hold deadline (proto/domain/trial_deadlines.h) for the first trial of its
// queue; one that renews its lease but comes to no end loses the trial. A waiting trial has the queue deadline, and the
// shorter no-device deadline while no usable device fits; then it is finished as DEVICE_LOST.
//
// Keeps nothing on disk: after a restart clients submit again and agents announce themselves again. Fencing tokens
// begin at the time of day in microseconds, so that a former tracker's are always older.
//
// Thread-safe. Owns no threads: what has expired is noticed inside the calls, of which a long poll makes one a second.
#ifndef DIAPASON_TRACKER_TRACKER_H_
#define DIAPASON_TRACKER_TRACKER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "diapason/v1/agent.pb.h"
#include "diapason/v1/tracker.pb.h"
#include "proto/base/clock.h"
#include "proto/base/mutex.h"
#include "proto/domain/message_limits.h"
#include "tracker/artifact_cache.h"
#include "tracker/device_table.h"
#include "tracker/doorbells.h"
#include "tracker/fair_share.h"
#include "tracker/lease_table.h"

namespace diapason::tracker {

struct TrackerOptions {
  absl::Duration lease = absl::Seconds(10);  // a device that is silent this long has lost its work
  int max_held = 4;                          // trials at a device: one running, the others its next work
  int max_attempts = 3;                      // failures of devices after which a trial is given up
  int64_t max_waiting = 10'000;              // trials of all clients
  // The queue deadline: `max_waiting` trials of a second each, on one device.
  absl::Duration queue_deadline = absl::Hours(3);
  // The no-device deadline: a board's restart, an update, or the longest back-off of its health, several times over.
  absl::Duration no_device_deadline = absl::Minutes(20);
  int64_t artifact_bytes = int64_t{512} << 20;  // of the artifact cache
  // A client calls every few seconds. One that is silent this long has probably died: what it has submitted and is not
  // finished is dropped, so that no device works for nobody. Should it come back, it is told to submit again.
  absl::Duration client_lease = absl::Seconds(30);
  absl::Duration forget_client = absl::Minutes(10);  // a client silent this long loses its results, too
  absl::Duration forget_device = absl::Hours(1);     // an offline device is listed this long
};

// Says that nobody waits for the answer of a call any more.
using Abandoned = std::function<bool()>;

class Tracker {
 public:
  explicit Tracker(const Clock& clock, TrackerOptions options = {});  // clock outlives this

  // AgentService.Synchronize. Waits up to `request.wait_us`, at most a third of the lease, for news for this device;
  // ends early when a later call of the same agent arrives. Codes: see agent.proto; also Cancelled: abandoned.
  absl::StatusOr<v1::SynchronizeResponse> Synchronize(const v1::SynchronizeRequest& request,
                                                      const Abandoned& abandoned);

  // TrackerService. A trial that is known already keeps its state and follows the client that submitted it last.
  absl::Status Submit(const v1::SubmitTrialsRequest& request);

  // Waits up to `request.wait_us`, at most 30 s, for a result that was not delivered before; then all results that
  // the client has not acknowledged.
  v1::CollectResultsResponse Collect(const v1::CollectResultsRequest& request, const Abandoned& abandoned);

  // The trials are forgotten; the agents are told to stop.
  void Cancel(const v1::CancelTrialsRequest& request);

  v1::ListDevicesResponse ListDevices();

  // Ends a device's rest, or frees the name of one that is offline. NotFound: no such device is known.
  absl::StatusOr<v1::ReleaseDeviceResponse> ReleaseDevice(const v1::ReleaseDeviceRequest& request);

  ArtifactCache& artifacts() { return artifacts_; }

  // Every call that waits, now or later, returns at once. For the time before the server shuts down.
  void Shutdown() { bells_.Close(); }

 private:
  enum class State { kWaiting, kHeld, kFinished };

  struct Trial {
    v1::TrialSubmission submission;
    std::string client_id;
    int64_t sequence = 0;  // order of submission
    State state = State::kWaiting;
    absl::Duration waits_since;      // kWaiting
    absl::Duration no_device_since;  // kWaiting: since when no usable device fits; moves while one does
    int attempts = 0;
    std::set<std::string> failed_devices;
    std::string device_id;       // holder, or who did it
    int64_t finished_token = 0;  // of the result that counts
    v1::MeasureResult result;
    bool delivered = false;
  };

  struct Client {
    absl::Duration last_seen;
    std::set<std::string> trials;
    std::set<std::string> finished;
    bool submit_again = false;  // it is still to be told that its trials are not here
  };

  using Trials = std::map<std::string, Trial, std::less<>>;

  void Sweep(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Of Sweep: what has passed its deadline.
  void SweepHolds(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void SweepQueue(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Of Synchronize.
  absl::StatusOr<int64_t> BeginCall(const v1::SynchronizeRequest& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void AcceptResult(const v1::LeasedResult& leased, Device& device, absl::Duration now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  v1::SynchronizeResponse Answer(const v1::SynchronizeRequest& request, Device& device, absl::Duration now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void GrantTrials(Device& device, int slots, absl::Duration now, BatchBudget& budget,
                   v1::SynchronizeResponse& response) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  v1::Assignment AssignmentOf(const HeldTrial& held, const Device& device, absl::Duration now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Takes a device's trials away. `blame`: not empty: the first one, which was being measured, may be the cause.
  void TakeBack(const std::string& device_id, absl::string_view blame) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void FailAttempt(Trial& trial, const std::string& device_id, absl::string_view reason)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Whether a usable device that fits has not failed the trial yet.
  bool AnotherMayTry(const Trial& trial) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void GiveUp(Trial& trial, absl::string_view reason) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Requeue(Trial& trial) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Finish(Trial& trial, const v1::MeasureResult& result, int64_t token)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  v1::CollectResultsResponse Deliver(const std::set<std::string>& finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status SubmitOne(const std::string& client_id, const v1::TrialSubmission& submission)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Own(const std::string& client_id, Trial& trial) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Forget(Trials::iterator trial) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CancelJob(const std::string& job_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void SweepClients(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void RingDevicesFor(const Trial& trial) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Clock& clock_;
  const TrackerOptions options_;
  ArtifactCache artifacts_;
  Doorbells bells_;

  Mutex mu_;
  DeviceTable devices_ ABSL_GUARDED_BY(mu_);
  LeaseTable leases_ ABSL_GUARDED_BY(mu_);
  FairShare share_ ABSL_GUARDED_BY(mu_);
  Trials trials_ ABSL_GUARDED_BY(mu_);
  std::map<int64_t, Trial*> waiting_ ABSL_GUARDED_BY(mu_);  // by sequence; trials_ never moves its elements
  std::map<std::string, Client, std::less<>> clients_ ABSL_GUARDED_BY(mu_);
  int64_t next_sequence_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Duration last_sweep_ ABSL_GUARDED_BY(mu_) = -absl::InfiniteDuration();
  absl::Duration last_deadlines_ ABSL_GUARDED_BY(mu_) = -absl::InfiniteDuration();
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_TRACKER_H_
