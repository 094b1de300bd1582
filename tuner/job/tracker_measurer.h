// Measurer over the tracker's service, embedded (in-process channel) or of its own.
//
// Threads: one submits (uploads artifacts that the tracker lacks), one collects results by long poll and runs
// the callbacks. A tracker that is away is called again with back-off, and told of all outstanding trials
// again when it is back, or when it says that it has them no more: submissions are idempotent.
//
// A trial that the tracker does not take holds up no other. One that it never will take (an artifact that is
// too large, a release or a role that it refuses) has its outcome at once, one that it has no room for after
// the submit deadline.
#ifndef DIAPASON_TUNER_JOB_TRACKER_MEASURER_H_
#define DIAPASON_TUNER_JOB_TRACKER_MEASURER_H_

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "diapason/v1/tracker.grpc.pb.h"
#include "proto/base/clock.h"
#include "proto/base/mutex.h"
#include "tuner/job/measurer.h"

namespace diapason::tuner {

class TrackerMeasurer : public Measurer {
 public:
  // `client_id` names this process to the tracker. `clock` outlives this.
  TrackerMeasurer(std::shared_ptr<grpc::Channel> channel, std::string client_id, const Clock& clock);
  ~TrackerMeasurer() override { Shutdown(); }

  // Acknowledges what is stored, cancels what is outstanding; no callback runs afterwards. Before the tracker
  // goes.
  void Shutdown();

  void Measure(MeasureWork work, OnResult on_result) override;
  void Cancel(absl::Span<const std::string> trial_ids) override;
  void DropLeftovers(const std::string& job_id) override;
  absl::StatusOr<std::vector<v1::DeviceStatus>> Devices() override;

 private:
  struct Pending {
    MeasureWork work;
    OnResult on_result;
    absl::Duration since;  // when it was handed over
  };
  struct Queued {
    std::string trial_id;
    absl::Duration not_before;  // after a failure
  };

  void Submit();
  void Collect();
  // The first of the queue whose time has come; null: none.
  std::shared_ptr<const Pending> TakeDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What becomes of a trial that was not taken; absent: it is tried again.
  std::optional<v1::Outcome> Verdict(const Pending& pending, const absl::Status& status) const;
  absl::Status SubmitOne(const MeasureWork& work);
  absl::Status Upload(const Artifact& artifact);
  bool Store(const v1::MeasureResult& result);
  void ResubmitAll();
  void Pause(absl::Duration how_long);

  const std::unique_ptr<v1::TrackerService::Stub> stub_;
  const std::string client_id_;
  const Clock& clock_;

  Mutex callback_mu_;  // one `on_result` at a time; never taken while `mu_` is held
  Mutex mu_;
  CondVar changed_;  // the queue, or stopping
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  absl::flat_hash_map<std::string, std::shared_ptr<const Pending>> pending_
      ABSL_GUARDED_BY(mu_);                                         // by trial id
  std::deque<Queued> queue_ ABSL_GUARDED_BY(mu_);                   // to submit
  absl::flat_hash_set<std::string> uploaded_;                       // hashes; the submitting thread's own
  grpc::ClientContext* collecting_ ABSL_GUARDED_BY(mu_) = nullptr;  // the long poll under way
  std::thread submitter_;
  std::thread collector_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TRACKER_MEASURER_H_
