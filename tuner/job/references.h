// The reference of each task: the artifact whose outputs all of the task's trials are checked against. It is
// built once, when it is first asked for. Thread-safe.
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
  using OnReference = std::function<void(const ArtifactRef& reference)>;

  explicit References(RunContext& context) : context_(context) {}  // outlives this

  // Has the reference built unless it was asked for before.
  void Request(const JobTask& task);

  // Calls `then` with the reference: before this returns if it is there, otherwise on a builder's thread. A
  // reference that does not build fails the run, and `then` is not called. No lock of this class is held
  // meanwhile.
  void Use(const JobTask& task, OnReference then);

  // No reference is built any more, and nobody is called (callback_gate.h).
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
