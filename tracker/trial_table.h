// The trials that the tracker knows. Each trial is in exactly one state: it waits in the queue, or a
// device holds it under one lease, or it is finished. Only this class changes the state, so that the queue
// and the leases always agree with it. trial_lifecycle.h decides what a change means for devices and
// clients.
//
// Lock rule: not thread-safe. The tracker's mutex guards it. Pointers and references to a trial are valid
// until Remove.
#ifndef DIAPASON_TRACKER_TRIAL_TABLE_H_
#define DIAPASON_TRACKER_TRIAL_TABLE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "diapason/v1/tracker.pb.h"
#include "tracker/lease_table.h"

namespace diapason::tracker {

// Returns the hashes of all artifacts that a device needs for the trial.
std::vector<std::string> ArtifactHashes(const v1::TrialSubmission& submission);

// A trial waits in the queue, or a device holds it, or it has its result.
enum class TrialState { kWaiting, kHeld, kFinished };

// A trial, as the tracker knows it.
struct TrackedTrial {
  const std::string& id() const { return submission.request().trial_id(); }

  v1::TrialSubmission submission;
  std::string owner;       // Caller::name of the user whose clients may have it
  std::string client_id;   // the client that gets the result; see ClientTable::AssignOwner
  bool delivered = false;  // true: the owner was sent the result

  TrialState state = TrialState::kWaiting;
  int64_t sequence = 0;            // the order of submission; it is the trial's place in the queue
  absl::Duration waits_since;      // for kWaiting
  absl::Duration no_device_since;  // for kWaiting: when a usable device last matched
  std::string device_id;           // kHeld: the holder; kFinished: the device that did it; otherwise empty
  int attempts = 0;                // how many attempts devices have failed
  std::set<std::string> failed_devices;
  v1::MeasureResult result;    // for kFinished
  int64_t finished_token = 0;  // for kFinished: the token of the result; 0: the tracker gave the trial up
};

// All trials, their queue and their leases.
class TrialTable {
 public:
  using Queue = std::map<int64_t, TrackedTrial*>;  // by TrackedTrial::sequence

  // See LeaseTable for `first_token`.
  explicit TrialTable(int64_t first_token) : leases_(first_token) {}

  // Returns null if the trial is not known.
  TrackedTrial* Find(absl::string_view trial_id);

  // Adds a trial, which must not be known yet, at the end of the queue.
  TrackedTrial& Add(const v1::TrialSubmission& submission, absl::Duration now);

  // Gives a waiting trial to a device.
  Lease Grant(TrackedTrial& trial, const std::string& device_id);

  // Ends the trial's lease, if it has one, and puts the trial back to its place in the queue.
  void Requeue(TrackedTrial& trial, absl::Duration now);

  // Finishes the trial with a result that came under the lease with `token`.
  void Finish(TrackedTrial& trial, const v1::MeasureResult& result, int64_t token);

  // Forgets the trial, whatever its state is.
  void Remove(TrackedTrial& trial);

  // Returns the trials of a job (TrialSubmission.job_id) that are not finished.
  std::vector<TrackedTrial*> UnfinishedOfJob(const std::string& job_id);

  const Queue& waiting() const { return waiting_; }
  const LeaseTable& leases() const { return leases_; }

 private:
  std::map<std::string, TrackedTrial, std::less<>> trials_;
  Queue waiting_;
  LeaseTable leases_;
  int64_t next_sequence_ = 0;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_TRIAL_TABLE_H_
