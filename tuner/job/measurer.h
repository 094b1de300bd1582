// Lets devices measure trials, and passes the results to callbacks that store them. The job engine knows
// only this interface, so that its tests need no tracker and no devices.
#ifndef DIAPASON_TUNER_JOB_MEASURER_H_
#define DIAPASON_TUNER_JOB_MEASURER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "diapason/v1/tracker.pb.h"

namespace diapason::tuner {

// The bytes of an artifact and their hash.
struct Artifact {
  std::string hash;
  std::string bytes;
};
// Shared ownership of an artifact. Threads may share it, because it does not change.
using ArtifactRef = std::shared_ptr<const Artifact>;

// What is to be measured, with the artifacts for it.
struct MeasureWork {
  v1::TrialSubmission submission;      // names the artifacts by their hashes
  std::vector<ArtifactRef> artifacts;  // all artifacts that the submission names
};

class Measurer {
 public:
  // Stores a result. If it returns an error, the result was not stored, and the measurer calls it again
  // later.
  using OnResult = std::function<absl::Status(const v1::MeasureResult&)>;

  virtual ~Measurer() = default;

  // Queues the work and returns. If a trial can never be measured (for example because an artifact is too
  // large), it gets a result that says so, and other trials do not wait for it. A thread of the measurer
  // calls `on_result` until that returns OK; only then is the result acknowledged to the tracker. Only one
  // `on_result` runs at a time. Thread-safe.
  virtual void Measure(MeasureWork work, OnResult on_result) = 0;

  // Drops trials. Their `on_result` is not called any more, except for one call that may be running now.
  // Thread-safe.
  virtual void Cancel(absl::Span<const std::string> trial_ids) = 0;

  // Cancels the trials of a job that an earlier process submitted and for which nobody waits. Errors are
  // ignored, because the tracker drops these trials anyway when it does not hear from that process.
  virtual void CancelStaleTrials(const std::string& job_id) = 0;

  // Returns the devices that the tracker knows. Returns Unavailable if the tracker does not answer.
  virtual absl::StatusOr<std::vector<v1::DeviceStatus>> Devices() = 0;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_MEASURER_H_
