// The agent: keeps in step with the tracker, has work ready before the present trial ends, measures one trial
// at a time, and repeats what came of each until the tracker has acknowledged it.
//
// Threads: Run's own synchronizes with the tracker; one fetches the artifacts of queued trials; one measures.
// A trial moves from `incoming` to `ready` to being measured to a result; the lists below are all the state
// there is.
//
// Every call to the tracker renews the leases, so the agent answers for its progress: a trial that the runner
// does not end within RunDeadline is reported as lost, and the agent says that it is unfit, and gets no work,
// until the runner has come back.
#ifndef DIAPASON_DEVICE_AGENT_AGENT_H_
#define DIAPASON_DEVICE_AGENT_AGENT_H_

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "device-agent/artifact_store.h"
#include "device-agent/kernel_runner.h"
#include "diapason/v1/agent.grpc.pb.h"
#include "proto/base/clock.h"
#include "proto/base/mutex.h"

namespace diapason::device_agent {

struct AgentOptions {
  int capacity = 4;                                 // trials held: one being measured, the others next
  absl::Duration wait = absl::Seconds(5);           // how long the tracker may hold a call without news
  absl::Duration call_timeout = absl::Seconds(20);  // then the tracker counts as gone
  absl::Duration first_retry = absl::Milliseconds(100);
  absl::Duration last_retry = absl::Seconds(5);
  absl::Duration stop_timeout = absl::Seconds(15);  // of the runner, after Cancel: two children to be killed
};

class Agent {
 public:
  // `session_id` is new with every start. All outlive this. `clock` is for the run deadline.
  Agent(v1::AgentService::StubInterface& tracker, KernelRunner& runner, ArtifactStore& artifacts,
        const Clock& clock, v1::DeviceInfo device, std::string session_id, AgentOptions options = {});
  // Waits for a runner that did not end within `stop_timeout`.
  ~Agent();

  // Blocks until Stop: OK. A tracker that is not there is tried again for ever. FailedPrecondition,
  // InvalidArgument, PermissionDenied, Unauthenticated, Unimplemented: the tracker refuses this agent.
  // Internal: it was stopped, and the runner does not end: the process must end without destroying this.
  absl::Status Run();

  // Ends Run soon: the trial at hand is dropped, and the tracker told that its work is for others. Any
  // thread, once or more often, before Run as well.
  void Stop();

 private:
  struct QueuedTrial {
    v1::Assignment assignment;
    TrialFiles files;
  };

  struct Result {
    v1::LeasedResult leased;
    bool sent = false;  // a call with it has succeeded: only its name and its lease are left
  };

  // The three threads.
  absl::Status SyncLoop();
  void FetchLoop();
  void MeasureLoop();

  v1::SynchronizeRequest MakeRequest(bool leaving) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Call(const v1::SynchronizeRequest& request, v1::SynchronizeResponse& response);
  void AddResults(v1::SynchronizeRequest& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void MarkSent(const v1::SynchronizeRequest& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Apply(const v1::SynchronizeResponse& response) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Accept(const v1::Assignment& assignment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Drop(const std::string& trial_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Gives up what the runner has not ended within its deadline.
  void WatchRunner() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool WaitForMeasurer();
  void ReportLeaving();
  void ReportRetry(const absl::Status& status, absl::Duration delay);

  void News() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void MeasureOne(QueuedTrial trial);
  void CheckHealth(int64_t id);

  // A trial is done; its lease is the newest that the tracker named.
  void Finish(const QueuedTrial& trial, v1::MeasureResult result) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  v1::AgentService::StubInterface& tracker_;
  KernelRunner& runner_;
  ArtifactStore& artifacts_;
  const Clock& clock_;
  const v1::DeviceInfo device_;
  const std::string session_id_;
  const AgentOptions options_;

  Mutex mu_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::deque<QueuedTrial> incoming_ ABSL_GUARDED_BY(mu_);  // the first is being fetched
  std::deque<QueuedTrial> ready_ ABSL_GUARDED_BY(mu_);     // files are there
  std::optional<QueuedTrial> running_ ABSL_GUARDED_BY(mu_);
  bool running_dropped_ ABSL_GUARDED_BY(mu_) = false;           // nobody wants the running trial's result
  std::map<std::string, Result> results_ ABSL_GUARDED_BY(mu_);  // not acknowledged yet, by trial
  int64_t check_wanted_ ABSL_GUARDED_BY(mu_) = 0;               // health check to make; 0: none
  std::optional<v1::HealthCheck> check_ ABSL_GUARDED_BY(mu_);   // the latest, under way or done
  absl::Duration runner_deadline_ ABSL_GUARDED_BY(mu_) =
      absl::InfiniteDuration();             // of what the runner is at
  std::string stuck_ ABSL_GUARDED_BY(mu_);  // what it has not ended by then, in one line; empty: nothing
  bool measurer_ended_ ABSL_GUARDED_BY(mu_) = false;
  bool news_ ABSL_GUARDED_BY(mu_) = false;                    // something that no call has said yet
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mu_) = nullptr;  // the call that waits at the tracker
  absl::Status last_failure_;                                 // SyncLoop's own, to say each failure once
  std::thread measurer_;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_AGENT_H_
