// The agent. It synchronizes with the tracker, fetches the artifacts of the next trials while the present
// one is being measured, measures one trial at a time, and repeats each result until the tracker has
// acknowledged it.
//
// Threads: the thread that calls Run synchronizes with the tracker, a second one fetches the artifacts of
// queued trials, and a third one measures. A trial moves from `incoming_` to `ready_` to `running_`, and
// its result to `results_`. These lists are the agent's whole state.
//
// Every call to the tracker renews the leases, so the agent must notice by itself when a trial does not
// end. If the runner does not end a trial within RunDeadline, the agent reports the trial as lost. It then
// says that it is unfit, and gets no work, until the runner has ended.
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

// How much an agent holds, and how long it waits.
struct AgentOptions {
  int capacity = 4;                                 // trials to hold, with the one being measured
  absl::Duration wait = absl::Seconds(5);           // how long the tracker may hold a call without news
  absl::Duration call_timeout = absl::Seconds(20);  // after this time without an answer, a call has failed
  absl::Duration first_retry = absl::Milliseconds(100);  // wait before the second attempt; it then doubles
  absl::Duration last_retry = absl::Seconds(5);          // the longest wait between two attempts
  absl::Duration stop_timeout = absl::Seconds(15);       // how long the runner may take to end after Cancel
};

// Measures the trials of one device. Run is called once; Stop may be called from any thread.
class Agent {
 public:
  // `session_id` must be new with every start. `clock` is used for the run deadline. All references must
  // outlive this object.
  Agent(v1::AgentService::StubInterface& tracker, KernelRunner& runner, ArtifactStore& artifacts,
        const Clock& clock, v1::DeviceInfo device, std::string session_id, AgentOptions options = {});
  // Waits for a runner that did not end within `stop_timeout`, for as long as that takes.
  ~Agent();

  // Blocks until Stop is called, and then returns OK. While the tracker cannot be reached, it tries again
  // for ever. FailedPrecondition, InvalidArgument, PermissionDenied, Unauthenticated, Unimplemented: the
  // tracker refuses this agent. Internal: Stop was called, but the runner did not end; the process must
  // then end without destroying this object.
  absl::Status Run();

  // Makes Run end soon. The present trial is dropped, and the tracker is told that the agent's trials are
  // free for other devices. May be called more than once, and also before Run.
  void Stop();

 private:
  // A trial that waits, with its files when they are here.
  struct QueuedTrial {
    v1::Assignment assignment;
    TrialFiles files;
  };

  struct Result {
    v1::LeasedResult leased;
    bool sent = false;  // true: a call with the whole result succeeded, so only the ids are kept
  };

  // The loops of the three threads.
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
  // If the runner has passed its deadline, gives up what it is doing.
  void CheckRunnerDeadline() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool WaitForMeasurer();
  void ReportLeaving();
  void ReportRetry(const absl::Status& status, absl::Duration delay);

  // Makes the thread that synchronizes call the tracker at once, because there is something to report.
  void SignalNews() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void MeasureOne(QueuedTrial trial);
  void CheckHealth(int64_t id);

  // Stores the result of a trial. The trial's lease must be the latest one that the tracker sent.
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
  std::deque<QueuedTrial> incoming_ ABSL_GUARDED_BY(mu_);  // files of the first are being fetched
  std::deque<QueuedTrial> ready_ ABSL_GUARDED_BY(mu_);     // all files are here
  std::optional<QueuedTrial> running_ ABSL_GUARDED_BY(mu_);
  bool running_dropped_ ABSL_GUARDED_BY(mu_) = false;           // true: nobody wants its result
  std::map<std::string, Result> results_ ABSL_GUARDED_BY(mu_);  // by trial; not acknowledged yet
  int64_t check_wanted_ ABSL_GUARDED_BY(mu_) = 0;               // the health check to make; 0: none
  std::optional<v1::HealthCheck> check_ ABSL_GUARDED_BY(mu_);   // the latest check; it is running or done
  // When the runner must have ended.
  absl::Duration runner_deadline_ ABSL_GUARDED_BY(mu_) = absl::InfiniteDuration();
  std::string stuck_ ABSL_GUARDED_BY(mu_);  // one line about what it has not ended; empty if it has
  bool measurer_ended_ ABSL_GUARDED_BY(mu_) = false;
  bool news_ ABSL_GUARDED_BY(mu_) = false;                    // true: there is something to report
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mu_) = nullptr;  // the call that is waiting for the tracker
  absl::Status last_failure_;  // used by SyncLoop only, to log each failure once
  std::thread measurer_;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_AGENT_H_
