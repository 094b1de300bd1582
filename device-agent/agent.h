// The agent: keeps in step with the tracker, has work ready before the present trial ends, measures one trial at a
// time, and repeats what came of each until the tracker has acknowledged it.
//
// Threads: Run's own synchronizes with the tracker; one fetches the artifacts of queued trials; one measures. A trial
// moves from `incoming` to `ready` to being measured to a result; the lists below are all the state there is.
#ifndef DIAPASON_DEVICE_AGENT_AGENT_H_
#define DIAPASON_DEVICE_AGENT_AGENT_H_

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "device-agent/artifact_store.h"
#include "device-agent/kernel_runner.h"
#include "diapason/v1/agent.grpc.pb.h"
#include "proto/support/clock.h"
#include "proto/support/mutex.h"

namespace diapason::device_agent {

struct AgentOptions {
  int capacity = 4;                                 // trials held: one being measured, the others next
  absl::Duration wait = absl::Seconds(5);           // how long the tracker may hold a call without news
  absl::Duration call_timeout = absl::Seconds(20);  // then the tracker counts as gone
  absl::Duration first_retry = absl::Milliseconds(100);
  absl::Duration last_retry = absl::Seconds(5);
};

class Agent {
 public:
  // `session_id` is new with every start. All outlive this.
  Agent(v1::AgentService::StubInterface& tracker, KernelRunner& runner, ArtifactStore& artifacts,
        v1::DeviceInfo device, std::string session_id, AgentOptions options = {});

  // Blocks until Stop: OK. A tracker that is not there is tried again for ever. FailedPrecondition, InvalidArgument,
  // PermissionDenied, Unauthenticated, Unimplemented: the tracker refuses this agent.
  absl::Status Run();

  // Ends Run soon: the trial at hand is dropped, and the tracker told that its work is for others. Any thread, once or
  // more often, before Run as well.
  void Stop();

 private:
  struct HeldTrial {
    v1::Assignment assignment;
    TrialFiles files;
  };

  // The three threads.
  absl::Status SyncLoop();
  void FetchLoop();
  void MeasureLoop();

  v1::SynchronizeRequest MakeRequest(bool leaving) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Call(const v1::SynchronizeRequest& request, v1::SynchronizeResponse& response);
  void Apply(const v1::SynchronizeResponse& response) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Accept(const v1::Assignment& assignment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Drop(const std::string& trial_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void SayGoodbye();
  void ReportRetry(const absl::Status& status, absl::Duration delay);

  // A trial is done; its lease is the newest that the tracker named.
  void Finish(const HeldTrial& trial, v1::MeasureResult result) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  v1::AgentService::StubInterface& tracker_;
  KernelRunner& runner_;
  ArtifactStore& artifacts_;
  const v1::DeviceInfo device_;
  const std::string session_id_;
  const AgentOptions options_;

  Mutex mu_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::deque<HeldTrial> incoming_ ABSL_GUARDED_BY(mu_);  // the first is being fetched
  std::deque<HeldTrial> ready_ ABSL_GUARDED_BY(mu_);     // files are there
  std::optional<HeldTrial> running_ ABSL_GUARDED_BY(mu_);
  bool running_dropped_ ABSL_GUARDED_BY(mu_) = false;  // nobody wants the running trial's result
  std::map<std::string, v1::LeasedResult> results_ ABSL_GUARDED_BY(mu_);  // not acknowledged yet, by trial
  bool news_ ABSL_GUARDED_BY(mu_) = false;                    // a result that no call has carried yet
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mu_) = nullptr;  // the call that waits at the tracker
  absl::Status last_failure_;                                 // SyncLoop's own, to say each failure once
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_AGENT_H_
