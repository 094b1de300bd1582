// The trials that the tracker knows. Each is in exactly one state: it waits in the queue, a device holds it
// under one lease, or it is finished. Only this class changes a trial's state, so that queue and leases
// always agree with it; what a change means for devices and clients is trial_lifecycle.h's business.
//
// Lock rule: not thread-safe; the tracker's mutex guards it. Pointers and references to a trial stay valid
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

// All artifacts that a device needs for the trial.
std::vector<std::string> ArtifactHashes(const v1::TrialSubmission& submission);

enum class TrialState { kWaiting, kHeld, kFinished };

struct TrackedTrial {
  const std::string& id() const { return submission.request().trial_id(); }

  v1::TrialSubmission submission;
  std::string client_id;   // its owner; see ClientTable::AssignOwner
  bool delivered = false;  // its owner was sent the result

  TrialState state = TrialState::kWaiting;
  int64_t sequence = 0;            // order of submission, which is its place in the queue whenever it waits
  absl::Duration waits_since;      // kWaiting
  absl::Duration no_device_since;  // kWaiting: since when no usable device fits; moves while one does
  std::string device_id;           // kHeld: the holder; kFinished: who did it. Else empty
  int attempts = 0;                // that failed by a device
  std::set<std::string> failed_devices;
  v1::MeasureResult result;  // kFinished
  int64_t finished_token =
      0;  // kFinished: the token under which the result came; 0: the tracker gave the trial up
};

class TrialTable {
 public:
  using Queue = std::map<int64_t, TrackedTrial*>;  // by TrackedTrial::sequence

  // `first_token`: see LeaseTable.
  explicit TrialTable(int64_t first_token) : leases_(first_token) {}

  // Returns null if the trial is not known.
  TrackedTrial* Find(absl::string_view trial_id);

  // Adds a trial that is not known, at the end of the queue.
  TrackedTrial& Add(const v1::TrialSubmission& submission, absl::Duration now);

  // Gives a waiting trial to a device.
  Lease Grant(TrackedTrial& trial, const std::string& device_id);

  // Ends the trial's lease and puts it back to its place in the queue.
  void Requeue(TrackedTrial& trial, absl::Duration now);

  // The trial has a result, under the lease with `token`.
  void Finish(TrackedTrial& trial, const v1::MeasureResult& result, int64_t token);

  // Forgets the trial, in whatever state it is.
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
