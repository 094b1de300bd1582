#include "device-agent/artifact_store.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"
#include "proto/domain/trial_deadlines.h"
#include "proto/rpc/artifact_stream.h"

namespace diapason::device_agent {
namespace {

// A hash becomes a file name, so anything that is not a hash must be refused.
bool IsHash(const std::string& hash) {
  return hash.size() == 64 && std::all_of(hash.begin(), hash.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

absl::StatusOr<TrialFiles> ArtifactStore::Provide(const v1::MeasureRequest& request) {
  TrialFiles files;
  DIAPASON_ASSIGN_OR_RETURN(files.artifact, ProvideOne(request.artifact_hash()));
  DIAPASON_ASSIGN_OR_RETURN(files.reference, ProvideOne(request.reference_hash()));
  for (const std::string& hash : request.rival_hashes()) {
    DIAPASON_ASSIGN_OR_RETURN(std::string path, ProvideOne(hash));
    files.rivals.push_back(std::move(path));
  }
  return files;
}

void ArtifactStore::Cancel() {
  MutexLock lock(mu_);
  if (fetching_ != nullptr) fetching_->TryCancel();
}

void ArtifactStore::Close() {
  {
    MutexLock lock(mu_);
    closed_ = true;
  }
  Cancel();
}

absl::StatusOr<std::string> ArtifactStore::Fetch(const std::string& hash) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(kFetchTimeout));
  {
    MutexLock lock(mu_);
    if (closed_) return absl::CancelledError("the agent is stopping");
    fetching_ = &context;
  }
  absl::StatusOr<std::string> bytes = FetchArtifact(hash, context, tracker_);
  MutexLock lock(mu_);
  fetching_ = nullptr;
  return bytes;
}

absl::StatusOr<std::string> ArtifactStore::ProvideOne(const std::string& hash) {
  if (!IsHash(hash))
    return absl::NotFoundError(absl::StrCat("\"", hash, "\" is not the hash of an artifact"));
  std::string path = files_.Find(hash);
  if (!path.empty()) return path;
  absl::StatusOr<std::string> bytes = Fetch(hash);
  if (!bytes.ok()) return WithContext(bytes.status(), absl::StrCat("cannot fetch the artifact ", hash));
  return files_.Put(hash, *bytes);
}

}  // namespace diapason::device_agent
