// What a tuner-server answers about devices where its tracker is another process (--tracker HOST:PORT): the
// same as one with a tracker of its own, so that users and their tools speak to the server only. What is the
// business of agents and of other tuner-servers is refused, with the tracker's address.
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
  // `channel` leads to the tracker, `address` names it in messages.
  RemoteTracker(const std::shared_ptr<grpc::Channel>& channel, const std::string& address)
      : users_(channel, address), agents_(address) {}

  void Register(grpc::ServerBuilder& builder) {
    builder.RegisterService(&users_);
    builder.RegisterService(&agents_);
  }

 private:
  class Users final : public v1::TrackerService::Service {
   public:
    Users(const std::shared_ptr<grpc::Channel>& channel, std::string address);

    // Handed on to the tracker.
    grpc::Status ListDevices(grpc::ServerContext* context, const v1::ListDevicesRequest* request,
                             v1::ListDevicesResponse* response) override;
    grpc::Status ReleaseDevice(grpc::ServerContext* context, const v1::ReleaseDeviceRequest* request,
                               v1::ReleaseDeviceResponse* response) override;
    // Refused: FAILED_PRECONDITION.
    grpc::Status SubmitTrials(grpc::ServerContext* context, const v1::SubmitTrialsRequest* request,
                              v1::SubmitTrialsResponse* response) override;
    grpc::Status CollectResults(grpc::ServerContext* context, const v1::CollectResultsRequest* request,
                                v1::CollectResultsResponse* response) override;
    grpc::Status CancelTrials(grpc::ServerContext* context, const v1::CancelTrialsRequest* request,
                              v1::CancelTrialsResponse* response) override;
    grpc::Status UploadArtifact(grpc::ServerContext* context, grpc::ServerReader<v1::ArtifactChunk>* reader,
                                v1::UploadArtifactResponse* response) override;

   private:
    // What the tracker answered, with its address where it failed.
    grpc::Status Answer(const grpc::Status& status) const;

    const std::unique_ptr<v1::TrackerService::Stub> tracker_;
    const std::string address_;
  };

  class Agents final : public v1::AgentService::Service {
   public:
    explicit Agents(std::string address) : address_(std::move(address)) {}
    // Refused: FAILED_PRECONDITION.
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
