// Answers calls about devices in a tuner-server whose tracker is another process (--tracker HOST:PORT).
// Users and their tools can then ask the server about devices as if it had a built-in tracker. Calls of
// agents and of other tuner-servers are refused with a message that names the tracker's address.
#ifndef DIAPASON_TUNER_SERVER_REMOTE_TRACKER_H_
#define DIAPASON_TUNER_SERVER_REMOTE_TRACKER_H_

#include <memory>
#include <string>

#include "diapason/v1/agent.grpc.pb.h"
#include "diapason/v1/tracker.grpc.pb.h"
#include "grpcpp/server_builder.h"

namespace diapason::tuner {

// Thread-safe, as gRPC's services must be. Must outlive the server that it is registered with.
class RemoteTracker {
 public:
  // `channel` leads to the tracker. `address` is its address in messages.
  RemoteTracker(const std::shared_ptr<grpc::Channel>& channel, const std::string& address)
      : users_(channel, address), agents_(address) {}

  // Adds the services to a gRPC server. Call it before the server starts.
  void Register(grpc::ServerBuilder& builder) {
    builder.RegisterService(&users_);
    builder.RegisterService(&agents_);
  }

 private:
  class Users final : public v1::TrackerService::Service {
   public:
    Users(const std::shared_ptr<grpc::Channel>& channel, std::string address);

    // These two are forwarded to the tracker.
    grpc::Status ListDevices(grpc::ServerContext* context, const v1::ListDevicesRequest* request,
                             v1::ListDevicesResponse* response) override;
    grpc::Status ReleaseDevice(grpc::ServerContext* context, const v1::ReleaseDeviceRequest* request,
                               v1::ReleaseDeviceResponse* response) override;
    // The others are refused with FAILED_PRECONDITION.
    grpc::Status SubmitTrials(grpc::ServerContext* context, const v1::SubmitTrialsRequest* request,
                              v1::SubmitTrialsResponse* response) override;
    grpc::Status CollectResults(grpc::ServerContext* context, const v1::CollectResultsRequest* request,
                                v1::CollectResultsResponse* response) override;
    grpc::Status CancelTrials(grpc::ServerContext* context, const v1::CancelTrialsRequest* request,
                              v1::CancelTrialsResponse* response) override;
    grpc::Status UploadArtifact(grpc::ServerContext* context, grpc::ServerReader<v1::ArtifactChunk>* reader,
                                v1::UploadArtifactResponse* response) override;

   private:
    // Converts the tracker's answer. An error's message then starts with the tracker's address.
    grpc::Status Answer(const grpc::Status& status) const;

    const std::unique_ptr<v1::TrackerService::Stub> tracker_;
    const std::string address_;
  };

  class Agents final : public v1::AgentService::Service {
   public:
    explicit Agents(std::string address) : address_(std::move(address)) {}
    // Both are refused with FAILED_PRECONDITION.
    grpc::Status Synchronize(grpc::ServerContext* context, const v1::SynchronizeRequest* request,
                             v1::SynchronizeResponse* response) override;
    grpc::Status FetchArtifact(grpc::ServerContext* context, const v1::FetchArtifactRequest* request,
                               grpc::ServerWriter<v1::ArtifactChunk>* writer) override;

   private:
    const std::string address_;
  };

  Users users_;
  Agents agents_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SERVER_REMOTE_TRACKER_H_
