#include "device-agent/artifact_store.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "proto/base/content_hash.h"
#include "proto/base/status_macros.h"
#include "proto/domain/message_limits.h"
#include "proto/domain/trial_deadlines.h"
#include "proto/rpc/grpc_status.h"

namespace diapason::device_agent {
namespace {

// A hash becomes a file name, so nothing else may look like one.
bool IsHash(const std::string& hash) {
  return hash.size() == 64 && std::all_of(hash.begin(), hash.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

absl::StatusOr<TrialFiles> ArtifactStore::Provide(const v1::MeasureTask& task) {
  TrialFiles files;
  DIAPASON_ASSIGN_OR_RETURN(files.artifact, ProvideOne(task.artifact_hash()));
  DIAPASON_ASSIGN_OR_RETURN(files.reference, ProvideOne(task.reference_hash()));
  for (const std::string& hash : task.rival_hashes()) {
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

absl::Status ArtifactStore::Fetch(const std::string& hash, std::string& bytes) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(kFetchTimeout));
  v1::FetchArtifactRequest request;
  request.set_hash(hash);
  {
    MutexLock lock(mu_);
    if (closed_) return absl::CancelledError("the agent ends");
    fetching_ = &context;
  }
  const std::unique_ptr<grpc::ClientReaderInterface<v1::ArtifactChunk>> reader =
      tracker_.FetchArtifact(&context, request);
  for (v1::ArtifactChunk chunk; reader->Read(&chunk);) {
    bytes += chunk.data();
    if (bytes.size() > kMaxArtifactBytes) context.TryCancel();
  }
  const absl::Status status = FromGrpc(reader->Finish());
  {
    MutexLock lock(mu_);
    fetching_ = nullptr;
  }
  if (bytes.size() > kMaxArtifactBytes) {
    return absl::InvalidArgumentError(absl::StrCat("it is larger than ", kMaxArtifactBytes, " bytes"));
  }
  return status;
}

absl::StatusOr<std::string> ArtifactStore::ProvideOne(const std::string& hash) {
  if (!IsHash(hash)) return absl::NotFoundError(absl::StrCat("\"", hash, "\" names no artifact"));
  std::string path = files_.Find(hash);
  if (!path.empty()) return path;
  std::string bytes;
  DIAPASON_RETURN_IF_ERROR(WithContext(Fetch(hash, bytes), absl::StrCat("fetching artifact ", hash)));
  const std::string actual = ContentHash(bytes);
  if (actual != hash) {
    return absl::DataLossError(absl::StrCat("artifact ", hash, " came with the hash ", actual));
  }
  return files_.Put(hash, bytes);
}

}  // namespace diapason::device_agent
