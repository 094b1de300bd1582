// Has trials measured on devices, and hands their results to whoever stores them: the seam between the job
// engine and the tracker.
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

// An artifact's bytes and their name. Shared: a reference belongs to all trials of its task.
struct Artifact {
  std::string hash;
  std::string bytes;
};
using ArtifactRef = std::shared_ptr<const Artifact>;

struct MeasureWork {
  v1::TrialSubmission submission;      // hashes filled in
  std::vector<ArtifactRef> artifacts;  // all that the task names
};

class Measurer {
 public:
  // Stores a result. An error: it could not be stored; it is handed over again later.
  using OnResult = std::function<absl::Status(const v1::MeasureResult&)>;

  virtual ~Measurer() = default;

  // Queues the work and returns. A trial that can never be measured (an artifact above the limit) gets a
  // result that says so, and holds up no other. `on_result` is called on a thread of the measurer's own,
  // until it returns OK; only then is the result acknowledged. Only one `on_result` runs at a time.
  // Thread-safe.
  virtual void Measure(MeasureWork work, OnResult on_result) = 0;

  // Drops trials: their results are not handed over any more, but for one that is being handed over at this
  // moment.
  virtual void Cancel(absl::Span<const std::string> trial_ids) = 0;

  // Drops the trials of a job that an earlier process submitted, and nobody waits for. Best effort: they end
  // anyway when the tracker misses that process.
  virtual void DropLeftovers(const std::string& job_id) = 0;

  // The devices connected now. Unavailable: the tracker does not answer.
  virtual absl::StatusOr<std::vector<v1::DeviceStatus>> Devices() = 0;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_MEASURER_H_
