#include "tuner/server/remote_tracker.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"
#include "proto/rpc/credentials.h"
#include "proto/rpc/grpc_status.h"

namespace diapason::tuner {
namespace {

constexpr std::chrono::seconds kCallTime(20);

struct Context : grpc::ClientContext {
  Context() { set_deadline(std::chrono::system_clock::now() + kCallTime); }
};

absl::Status CheckUser(const grpc::ServerContext& context) {
  return CallerOf(*context.auth_context(), {Role::kUser}).status();
}

grpc::Status Refuse(const std::string& address) {
  return ToGrpc(absl::FailedPreconditionError(absl::StrCat(
      "this tuner-server has no built-in tracker; connect to the tracker that it uses instead: --tracker ",
      address)));
}

}  // namespace

RemoteTracker::Users::Users(const std::shared_ptr<grpc::Channel>& channel, std::string address)
    : tracker_(v1::TrackerService::NewStub(channel)), address_(std::move(address)) {}

grpc::Status RemoteTracker::Users::Answer(const grpc::Status& status) const {
  return ToGrpc(WithContext(FromGrpc(status), absl::StrCat("the tracker at ", address_)));
}

grpc::Status RemoteTracker::Users::ListDevices(grpc::ServerContext* context,
                                               const v1::ListDevicesRequest* request,
                                               v1::ListDevicesResponse* response) {
  const absl::Status allowed = CheckUser(*context);
  if (!allowed.ok()) return ToGrpc(allowed);
  Context call;
  return Answer(tracker_->ListDevices(&call, *request, response));
}

grpc::Status RemoteTracker::Users::ReleaseDevice(grpc::ServerContext* context,
                                                 const v1::ReleaseDeviceRequest* request,
                                                 v1::ReleaseDeviceResponse* response) {
  const absl::Status allowed = CheckUser(*context);
  if (!allowed.ok()) return ToGrpc(allowed);
  Context call;
  return Answer(tracker_->ReleaseDevice(&call, *request, response));
}

grpc::Status RemoteTracker::Users::SubmitTrials(grpc::ServerContext*, const v1::SubmitTrialsRequest*,
                                                v1::SubmitTrialsResponse*) {
  return Refuse(address_);
}

grpc::Status RemoteTracker::Users::CollectResults(grpc::ServerContext*, const v1::CollectResultsRequest*,
                                                  v1::CollectResultsResponse*) {
  return Refuse(address_);
}

grpc::Status RemoteTracker::Users::CancelTrials(grpc::ServerContext*, const v1::CancelTrialsRequest*,
                                                v1::CancelTrialsResponse*) {
  return Refuse(address_);
}

grpc::Status RemoteTracker::Users::UploadArtifact(grpc::ServerContext*,
                                                  grpc::ServerReader<v1::ArtifactChunk>*,
                                                  v1::UploadArtifactResponse*) {
  return Refuse(address_);
}

grpc::Status RemoteTracker::Agents::Synchronize(grpc::ServerContext*, const v1::SynchronizeRequest*,
                                                v1::SynchronizeResponse*) {
  return Refuse(address_);
}

grpc::Status RemoteTracker::Agents::FetchArtifact(grpc::ServerContext*, const v1::FetchArtifactRequest*,
                                                  grpc::ServerWriter<v1::ArtifactChunk>*) {
  return Refuse(address_);
}

}  // namespace diapason::tuner
