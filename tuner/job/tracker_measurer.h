// A Measurer that uses the tracker's service, either of the built-in tracker (through an in-process
// channel) or of a separate one.
//
// Threads: one submits trials and uploads the artifacts that the tracker does not have. The other collects
// results by long polls and runs the callbacks. If the tracker does not answer, it is called again after a
// pause. When it answers again, or says that it has lost the trials, all outstanding trials are submitted
// again; submitting a trial twice has no effect.
//
// A trial that the tracker does not accept does not delay the others. If the tracker will never accept it
// (an artifact is too large, or the tracker refuses this release or role), the trial gets its outcome at
// once. If the tracker has no room for it, it gets its outcome after the submit deadline.
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
  // `client_id` identifies this process to the tracker. `clock` must outlive this object.
  TrackerMeasurer(std::shared_ptr<grpc::Channel> channel, std::string client_id, const Clock& clock);
  ~TrackerMeasurer() override { Shutdown(); }

  // Acknowledges the results that are stored and cancels all outstanding trials. No callback runs
  // afterwards. Call it while the tracker still exists.
  void Shutdown();

  void Measure(MeasureWork work, OnResult on_result) override;
  void Cancel(absl::Span<const std::string> trial_ids) override;
  void CancelStaleTrials(const std::string& job_id) override;
  absl::StatusOr<std::vector<v1::DeviceStatus>> Devices() override;

 private:
  struct Pending {
    MeasureWork work;
    OnResult on_result;
    absl::Duration since;  // when Measure was called; monotonic
  };
  struct Queued {
    std::string trial_id;
    absl::Duration not_before;  // monotonic; zero unless an attempt has failed
  };

  void Submit();
  void Collect();
  // Removes and returns the first trial of the queue whose time has come, or null if there is none.
  std::shared_ptr<const Pending> TakeDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Returns the outcome of a trial that was not accepted, or nullopt if it is to be submitted again.
  std::optional<v1::Outcome> OutcomeOfRefusal(const Pending& pending, const absl::Status& status) const;
  absl::Status SubmitOne(const MeasureWork& work);
  absl::Status Upload(const Artifact& artifact);
  bool Store(const v1::MeasureResult& result);
  void ResubmitAll();
  void Pause(absl::Duration how_long);

  const std::unique_ptr<v1::TrackerService::Stub> stub_;
  const std::string client_id_;
  const Clock& clock_;

  Mutex callback_mu_;  // only one `on_result` runs at a time; never taken while `mu_` is held
  Mutex mu_;
  CondVar changed_;  // signalled when the queue changes or the measurer stops
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  // The trials without a stored result, by trial id.
  absl::flat_hash_map<std::string, std::shared_ptr<const Pending>> pending_ ABSL_GUARDED_BY(mu_);
  std::deque<Queued> queue_ ABSL_GUARDED_BY(mu_);  // trials to submit
  absl::flat_hash_set<std::string> uploaded_;      // hashes; only the submitting thread uses it
  grpc::ClientContext* collecting_ ABSL_GUARDED_BY(mu_) = nullptr;  // the long poll that is running
  std::thread submitter_;
  std::thread collector_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TRACKER_MEASURER_H_
