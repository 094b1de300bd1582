#include "proto/rpc/artifact_stream.h"

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/base/content_hash.h"
#include "proto/base/status_macros.h"
#include "proto/domain/message_limits.h"
#include "proto/rpc/grpc_status.h"

namespace diapason {
namespace {

// Chunks are large enough that the cost of a message does not matter, and small enough that other calls on
// the same connection get their turn in between.
constexpr size_t kChunkBytes = 256 << 10;

absl::Status CheckSize(absl::string_view hash, size_t bytes) {
  if (bytes <= kMaxArtifactBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the artifact ", hash, " is larger than ", kMaxArtifactBytes, " bytes"));
}

absl::Status CheckHash(absl::string_view hash, absl::string_view bytes) {
  const std::string actual = ContentHash(bytes);
  if (hash == absl::string_view(actual)) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("the artifact ", hash, " was damaged on its way: its bytes have the hash ", actual));
}

// Writes at least one chunk; the first one contains the hash. Returns false if the stream is broken.
template <typename Stream>
bool WriteChunks(absl::string_view hash, absl::string_view bytes, Stream& stream) {
  v1::ArtifactChunk chunk;
  chunk.set_hash(std::string(hash));
  do {
    const absl::string_view data = bytes.substr(0, kChunkBytes);
    bytes.remove_prefix(data.size());
    chunk.set_data(std::string(data));
    if (!stream.Write(chunk)) return false;
    chunk.clear_hash();
  } while (!bytes.empty());
  return true;
}

// Reads until the stream ends, or until more bytes have arrived than an artifact may have.
template <typename Stream>
ReceivedArtifact ReadChunks(Stream& stream) {
  ReceivedArtifact artifact;
  for (v1::ArtifactChunk chunk; artifact.bytes.size() <= kMaxArtifactBytes && stream.Read(&chunk);) {
    if (!chunk.hash().empty()) artifact.hash = chunk.hash();
    artifact.bytes += chunk.data();
  }
  return artifact;
}

}  // namespace

absl::Status UploadArtifact(absl::string_view hash, absl::string_view bytes, grpc::ClientContext& context,
                            v1::TrackerService::StubInterface& tracker) {
  DIAPASON_RETURN_IF_ERROR(CheckSize(hash, bytes.size()));
  v1::UploadArtifactResponse response;
  const auto stream = tracker.UploadArtifact(&context, &response);
  WriteChunks(hash, bytes, *stream);  // if the stream breaks, Finish returns why
  stream->WritesDone();
  return FromGrpc(stream->Finish());
}

absl::StatusOr<ReceivedArtifact> ReceiveArtifact(grpc::ServerReader<v1::ArtifactChunk>& stream) {
  ReceivedArtifact artifact = ReadChunks(stream);
  DIAPASON_RETURN_IF_ERROR(CheckSize(artifact.hash, artifact.bytes.size()));
  DIAPASON_RETURN_IF_ERROR(CheckHash(artifact.hash, artifact.bytes));
  return artifact;
}

absl::Status SendArtifact(absl::string_view hash, absl::string_view bytes,
                          grpc::ServerWriter<v1::ArtifactChunk>& stream) {
  DIAPASON_RETURN_IF_ERROR(CheckSize(hash, bytes.size()));
  if (!WriteChunks(hash, bytes, stream)) return absl::CancelledError("the client closed the stream");
  return absl::OkStatus();
}

absl::StatusOr<std::string> FetchArtifact(const std::string& hash, grpc::ClientContext& context,
                                          v1::AgentService::StubInterface& tracker) {
  v1::FetchArtifactRequest request;
  request.set_hash(hash);
  const auto stream = tracker.FetchArtifact(&context, request);
  std::string bytes = ReadChunks(*stream).bytes;
  const absl::Status size = CheckSize(hash, bytes.size());
  if (!size.ok()) context.TryCancel();
  const absl::Status status = FromGrpc(stream->Finish());
  DIAPASON_RETURN_IF_ERROR(size);
  DIAPASON_RETURN_IF_ERROR(status);
  DIAPASON_RETURN_IF_ERROR(CheckHash(hash, bytes));
  return bytes;
}

}  // namespace diapason
