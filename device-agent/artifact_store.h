// The artifacts of trials at hand, as files that runners load. Fetched from the tracker, verified before they
// are used.
#ifndef DIAPASON_DEVICE_AGENT_ARTIFACT_STORE_H_
#define DIAPASON_DEVICE_AGENT_ARTIFACT_STORE_H_

#include <string>

#include "absl/status/statusor.h"
#include "device-agent/file_cache.h"
#include "device-agent/kernel_runner.h"
#include "diapason/v1/agent.grpc.pb.h"
#include "diapason/v1/trial.pb.h"
#include "proto/base/mutex.h"

namespace diapason::device_agent {

// One thread provides at a time; Cancel may be called from any.
class ArtifactStore {
 public:
  // Both outlive this.
  ArtifactStore(v1::AgentService::StubInterface& tracker, FileCache& files)
      : tracker_(tracker), files_(files) {}

  // Files of all artifacts of a request; what is not here is fetched, within kFetchTimeout each. DataLoss:
  // the bytes that came do not have the hash. InvalidArgument: it is larger than kMaxArtifactBytes. NotFound:
  // the tracker does not hold it (the trial was cancelled). Unavailable: the tracker does not answer, or the
  // disk is full: try again. Cancelled: see Cancel. DeadlineExceeded: it did not come in time.
  absl::StatusOr<TrialFiles> Provide(const v1::MeasureRequest& request);

  // A fetch that waits for the tracker ends soon, and Provide with it, as Cancelled.
  void Cancel();
  // The same, and nothing is fetched from now on.
  void Close();

 private:
  absl::StatusOr<std::string> Fetch(const std::string& hash);
  absl::StatusOr<std::string> ProvideOne(const std::string& hash);

  v1::AgentService::StubInterface& tracker_;
  FileCache& files_;
  Mutex mu_;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  grpc::ClientContext* fetching_ ABSL_GUARDED_BY(mu_) = nullptr;  // the call under way
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_ARTIFACT_STORE_H_
