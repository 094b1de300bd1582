// Keeps the artifacts of the present trials as files that runners load. They are fetched from the tracker
// and verified before they are used.
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

// Only one thread at a time may call Provide. Cancel and Close may be called from any thread.
class ArtifactStore {
 public:
  // Both must outlive this object.
  ArtifactStore(v1::AgentService::StubInterface& tracker, FileCache& files)
      : tracker_(tracker), files_(files) {}

  // Returns the files of all artifacts of a request. Artifacts that are not here are fetched; each may
  // take kFetchTimeout. DataLoss: the bytes that arrived do not have the right hash. InvalidArgument:
  // the artifact is larger than kMaxArtifactBytes. NotFound: the tracker does not hold it, because the
  // trial was cancelled or the tracker was restarted. Unavailable: the tracker does not answer, or the
  // disk is full; try again. Cancelled: see Cancel. DeadlineExceeded: the artifact did not arrive in
  // time.
  absl::StatusOr<TrialFiles> Provide(const v1::MeasureRequest& request);

  // Ends a fetch that waits for the tracker. Provide then returns Cancelled.
  void Cancel();
  // Like Cancel, and every later fetch fails as well.
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
