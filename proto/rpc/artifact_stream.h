// Sends artifacts over the network as streams of chunks: from a tuner-server to the tracker
// (TrackerService.UploadArtifact), and from the tracker to an agent (AgentService.FetchArtifact). Both
// ends of both streams are here.
//
// Every end refuses an artifact that is larger than kMaxArtifactBytes (proto/domain/message_limits.h) with
// InvalidArgument. The two receiving ends also check that the bytes have the hash that was announced, so
// their callers need not check anything. All functions block and keep no state, so they may be called from
// any thread.
#ifndef DIAPASON_PROTO_RPC_ARTIFACT_STREAM_H_
#define DIAPASON_PROTO_RPC_ARTIFACT_STREAM_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/agent.grpc.pb.h"
#include "diapason/v1/tracker.grpc.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"

namespace diapason {

// An artifact that was received completely.
struct ReceivedArtifact {
  std::string hash;  // ContentHash of `bytes`
  std::string bytes;
};

// The client's end of UploadArtifact. InvalidArgument: the artifact is too large; then no call is made.
// Otherwise returns the status of the call.
absl::Status UploadArtifact(absl::string_view hash, absl::string_view bytes, grpc::ClientContext& context,
                            v1::TrackerService::StubInterface& tracker);

// The server's end of UploadArtifact. The first chunk contains the artifact's hash. InvalidArgument: the
// artifact is too large. DataLoss: its bytes have another hash.
absl::StatusOr<ReceivedArtifact> ReceiveArtifact(grpc::ServerReader<v1::ArtifactChunk>& stream);

// The server's end of FetchArtifact. InvalidArgument: the artifact is too large. Cancelled: the client
// closed the stream.
absl::Status SendArtifact(absl::string_view hash, absl::string_view bytes,
                          grpc::ServerWriter<v1::ArtifactChunk>& stream);

// The client's end of FetchArtifact. Returns the bytes. InvalidArgument: the artifact is too large.
// DataLoss: the bytes that arrived have another hash. Otherwise returns the error of the call.
absl::StatusOr<std::string> FetchArtifact(const std::string& hash, grpc::ClientContext& context,
                                          v1::AgentService::StubInterface& tracker);

}  // namespace diapason

#endif  // DIAPASON_PROTO_RPC_ARTIFACT_STREAM_H_
