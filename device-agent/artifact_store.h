// The artifacts of trials at hand, as files that runners load. Fetched from the tracker, verified before they are used.
#ifndef DIAPASON_DEVICE_AGENT_ARTIFACT_STORE_H_
#define DIAPASON_DEVICE_AGENT_ARTIFACT_STORE_H_

#include <string>

#include "absl/status/statusor.h"
#include "device-agent/file_cache.h"
#include "device-agent/kernel_runner.h"
#include "diapason/v1/agent.grpc.pb.h"
#include "diapason/v1/trial.pb.h"

namespace diapason::device_agent {

// One thread at a time.
class ArtifactStore {
 public:
  // Both outlive this.
  ArtifactStore(v1::AgentService::StubInterface& tracker, FileCache& files)
      : tracker_(tracker), files_(files) {}

  // Files of all artifacts of a task; what is not here is fetched. DataLoss: the bytes that came do not have the hash.
  // NotFound: the tracker does not hold it (the trial was cancelled). Unavailable, DeadlineExceeded: the tracker does
  // not answer, or the disk is full: try again.
  absl::StatusOr<TrialFiles> Provide(const v1::MeasureTask& task);

 private:
  absl::StatusOr<std::string> ProvideOne(const std::string& hash);

  v1::AgentService::StubInterface& tracker_;
  FileCache& files_;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_ARTIFACT_STORE_H_
