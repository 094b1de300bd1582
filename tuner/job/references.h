// Builds the reference of each task: the artifact with whose outputs all trials of the task are compared.
// It is built once, when it is first needed. Thread-safe.
#ifndef DIAPASON_TUNER_JOB_REFERENCES_H_
#define DIAPASON_TUNER_JOB_REFERENCES_H_

#include <functional>
#include <map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "diapason/v1/builder.pb.h"
#include "proto/base/mutex.h"
#include "tuner/job/callback_gate.h"
#include "tuner/job/job_task.h"
#include "tuner/job/measurer.h"
#include "tuner/job/run_context.h"

namespace diapason::tuner {

class References {
 public:
  // Receives the reference of a task, which is never null.
  using OnReference = std::function<void(const ArtifactRef& reference)>;

  // `context` must outlive this object.
  explicit References(RunContext& context) : context_(context) {}

  // Starts building the reference, unless this was requested before.
  void Request(const JobTask& task);

  // Calls `then` with the reference: before this function returns if the reference is built already, and
  // otherwise later, on a thread of the builder. If the reference does not build, the run fails, and
  // `then` is not called. No lock of this class is held during the call.
  void Use(const JobTask& task, OnReference then);

  // Ends all callbacks: after this, no reference is built and no `then` is called (callback_gate.h).
  void Close() { gate_.Close(); }

 private:
  struct Reference {
    ArtifactRef artifact;  // null until it is built
    std::vector<OnReference> waiting;
  };
  void OnBuilt(const JobTask& task, const v1::BuildResponse& response);

  RunContext& context_;
  Mutex mu_;
  std::map<int, Reference> references_ ABSL_GUARDED_BY(mu_);  // by the task's index
  CallbackGate gate_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_REFERENCES_H_
