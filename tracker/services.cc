#include "tracker/services.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/rpc/artifact_stream.h"
#include "proto/rpc/credentials.h"
#include "proto/rpc/grpc_status.h"

namespace diapason::tracker {
namespace {

absl::Status CheckAgent(grpc::ServerContext* context) {
  return CheckRole(*context->auth_context(), {Role::kAgent});
}

absl::Status CheckUser(grpc::ServerContext* context) {
  return CheckRole(*context->auth_context(), {Role::kUser});
}

}  // namespace

grpc::Status AgentServiceImpl::Synchronize(grpc::ServerContext* context,
                                           const v1::SynchronizeRequest* request,
                                           v1::SynchronizeResponse* response) {
  absl::Status status = CheckAgent(context);
  if (!status.ok()) return ToGrpc(status);
  absl::StatusOr<v1::SynchronizeResponse> answer =
      tracker_.Synchronize(*request, [context] { return context->IsCancelled(); });
  if (!answer.ok()) return ToGrpc(answer.status());
  *response = *std::move(answer);
  return grpc::Status::OK;
}

grpc::Status AgentServiceImpl::FetchArtifact(grpc::ServerContext* context,
                                             const v1::FetchArtifactRequest* request,
                                             grpc::ServerWriter<v1::ArtifactChunk>* writer) {
  absl::Status status = CheckAgent(context);
  if (!status.ok()) return ToGrpc(status);
  const std::shared_ptr<const std::string> bytes = tracker_.artifacts().Get(request->hash());
  if (bytes == nullptr) {
    return ToGrpc(
        absl::NotFoundError(absl::StrCat("the tracker does not hold the artifact ", request->hash(),
                                         "; its trial was cancelled, or the tracker was restarted")));
  }
  return ToGrpc(SendArtifact(request->hash(), *bytes, *writer));
}

grpc::Status TrackerServiceImpl::SubmitTrials(grpc::ServerContext* context,
                                              const v1::SubmitTrialsRequest* request,
                                              v1::SubmitTrialsResponse*) {
  absl::Status status = CheckUser(context);
  if (status.ok()) status = tracker_.Submit(*request);
  return ToGrpc(status);
}

grpc::Status TrackerServiceImpl::CollectResults(grpc::ServerContext* context,
                                                const v1::CollectResultsRequest* request,
                                                v1::CollectResultsResponse* response) {
  absl::Status status = CheckUser(context);
  if (!status.ok()) return ToGrpc(status);
  *response = tracker_.Collect(*request, [context] { return context->IsCancelled(); });
  return grpc::Status::OK;
}

grpc::Status TrackerServiceImpl::CancelTrials(grpc::ServerContext* context,
                                              const v1::CancelTrialsRequest* request,
                                              v1::CancelTrialsResponse*) {
  absl::Status status = CheckUser(context);
  if (status.ok()) tracker_.Cancel(*request);
  return ToGrpc(status);
}

grpc::Status TrackerServiceImpl::UploadArtifact(grpc::ServerContext* context,
                                                grpc::ServerReader<v1::ArtifactChunk>* reader,
                                                v1::UploadArtifactResponse*) {
  absl::Status status = CheckUser(context);
  if (!status.ok()) return ToGrpc(status);
  absl::StatusOr<ReceivedArtifact> artifact = ReceiveArtifact(*reader);
  if (!artifact.ok()) return ToGrpc(artifact.status());
  return ToGrpc(tracker_.artifacts().Put(artifact->hash, std::move(artifact->bytes)));
}

grpc::Status TrackerServiceImpl::ListDevices(grpc::ServerContext* context, const v1::ListDevicesRequest*,
                                             v1::ListDevicesResponse* response) {
  absl::Status status = CheckUser(context);
  if (!status.ok()) return ToGrpc(status);
  *response = tracker_.ListDevices();
  return grpc::Status::OK;
}

grpc::Status TrackerServiceImpl::ReleaseDevice(grpc::ServerContext* context,
                                               const v1::ReleaseDeviceRequest* request,
                                               v1::ReleaseDeviceResponse* response) {
  absl::Status status = CheckUser(context);
  if (!status.ok()) return ToGrpc(status);
  absl::StatusOr<v1::ReleaseDeviceResponse> answer = tracker_.ReleaseDevice(*request);
  if (!answer.ok()) return ToGrpc(answer.status());
  *response = *std::move(answer);
  return grpc::Status::OK;
}

}  // namespace diapason::tracker
