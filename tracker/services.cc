#include "tracker/services.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"
#include "proto/rpc/artifact_stream.h"
#include "proto/rpc/credentials.h"
#include "proto/rpc/grpc_status.h"

namespace diapason::tracker {
namespace {

absl::StatusOr<Caller> AgentOf(grpc::ServerContext* context) {
  return CallerOf(*context->auth_context(), {Role::kAgent});
}

absl::StatusOr<Caller> UserOf(grpc::ServerContext* context) {
  return CallerOf(*context->auth_context(), {Role::kUser});
}

// An agent speaks for the device in its certificate only, so that no machine can give results in the name of
// another one.
absl::Status CheckDevice(const Caller& agent, const std::string& device_id) {
  if (agent.MayChange(device_id)) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      "the certificate is for the device ", agent.name, ", and the agent's name is ", device_id,
      "; start the agent with --name ", agent.name, ", or issue a certificate with CN=", device_id));
}

}  // namespace

grpc::Status AgentServiceImpl::Synchronize(grpc::ServerContext* context,
                                           const v1::SynchronizeRequest* request,
                                           v1::SynchronizeResponse* response) {
  return ToGrpc([&]() -> absl::Status {
    DIAPASON_ASSIGN_OR_RETURN(const Caller agent, AgentOf(context));
    DIAPASON_RETURN_IF_ERROR(CheckDevice(agent, request->device().device_id()));
    DIAPASON_ASSIGN_OR_RETURN(*response,
                              tracker_.Synchronize(*request, [context] { return context->IsCancelled(); }));
    return absl::OkStatus();
  }());
}

grpc::Status AgentServiceImpl::FetchArtifact(grpc::ServerContext* context,
                                             const v1::FetchArtifactRequest* request,
                                             grpc::ServerWriter<v1::ArtifactChunk>* writer) {
  const absl::Status status = AgentOf(context).status();
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
  return ToGrpc([&]() -> absl::Status {
    DIAPASON_ASSIGN_OR_RETURN(const Caller user, UserOf(context));
    return tracker_.Submit(*request, user.name);
  }());
}

grpc::Status TrackerServiceImpl::CollectResults(grpc::ServerContext* context,
                                                const v1::CollectResultsRequest* request,
                                                v1::CollectResultsResponse* response) {
  return ToGrpc([&]() -> absl::Status {
    DIAPASON_ASSIGN_OR_RETURN(const Caller user, UserOf(context));
    DIAPASON_ASSIGN_OR_RETURN(
        *response, tracker_.Collect(*request, [context] { return context->IsCancelled(); }, user.name));
    return absl::OkStatus();
  }());
}

grpc::Status TrackerServiceImpl::CancelTrials(grpc::ServerContext* context,
                                              const v1::CancelTrialsRequest* request,
                                              v1::CancelTrialsResponse*) {
  return ToGrpc([&]() -> absl::Status {
    DIAPASON_ASSIGN_OR_RETURN(const Caller user, UserOf(context));
    return tracker_.Cancel(*request, user.name);
  }());
}

grpc::Status TrackerServiceImpl::UploadArtifact(grpc::ServerContext* context,
                                                grpc::ServerReader<v1::ArtifactChunk>* reader,
                                                v1::UploadArtifactResponse*) {
  const absl::Status status = UserOf(context).status();
  if (!status.ok()) return ToGrpc(status);
  absl::StatusOr<ReceivedArtifact> artifact = ReceiveArtifact(*reader);
  if (!artifact.ok()) return ToGrpc(artifact.status());
  return ToGrpc(tracker_.artifacts().Put(artifact->hash, std::move(artifact->bytes)));
}

grpc::Status TrackerServiceImpl::ListDevices(grpc::ServerContext* context, const v1::ListDevicesRequest*,
                                             v1::ListDevicesResponse* response) {
  const absl::Status status = UserOf(context).status();
  if (!status.ok()) return ToGrpc(status);
  *response = tracker_.ListDevices();
  return grpc::Status::OK;
}

grpc::Status TrackerServiceImpl::ReleaseDevice(grpc::ServerContext* context,
                                               const v1::ReleaseDeviceRequest* request,
                                               v1::ReleaseDeviceResponse* response) {
  const absl::Status status = UserOf(context).status();
  if (!status.ok()) return ToGrpc(status);
  absl::StatusOr<v1::ReleaseDeviceResponse> answer = tracker_.ReleaseDevice(*request);
  if (!answer.ok()) return ToGrpc(answer.status());
  *response = *std::move(answer);
  return grpc::Status::OK;
}

}  // namespace diapason::tracker
