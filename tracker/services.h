// The tracker's gRPC services: AgentService and TrackerService on top of one Tracker. A tuner-server
// embeds them; the program `tracker` has nothing else.
#ifndef DIAPASON_TRACKER_SERVICES_H_
#define DIAPASON_TRACKER_SERVICES_H_

#include "diapason/v1/agent.grpc.pb.h"
#include "diapason/v1/tracker.grpc.pb.h"
#include "grpcpp/server_builder.h"
#include "tracker/tracker.h"

namespace diapason::tracker {

// The service for agents. Both services only check roles, convert status codes and stream artifacts. They
// are thread-safe, as gRPC requires.
class AgentServiceImpl final : public v1::AgentService::Service {
 public:
  // `tracker` must outlive this object.
  explicit AgentServiceImpl(Tracker& tracker) : tracker_(tracker) {}

  grpc::Status Synchronize(grpc::ServerContext* context, const v1::SynchronizeRequest* request,
                           v1::SynchronizeResponse* response) override;
  grpc::Status FetchArtifact(grpc::ServerContext* context, const v1::FetchArtifactRequest* request,
                             grpc::ServerWriter<v1::ArtifactChunk>* writer) override;

 private:
  Tracker& tracker_;
};

// The service for tuner-servers.
class TrackerServiceImpl final : public v1::TrackerService::Service {
 public:
  // `tracker` must outlive this object.
  explicit TrackerServiceImpl(Tracker& tracker) : tracker_(tracker) {}

  grpc::Status SubmitTrials(grpc::ServerContext* context, const v1::SubmitTrialsRequest* request,
                            v1::SubmitTrialsResponse* response) override;
  grpc::Status CollectResults(grpc::ServerContext* context, const v1::CollectResultsRequest* request,
                              v1::CollectResultsResponse* response) override;
  grpc::Status CancelTrials(grpc::ServerContext* context, const v1::CancelTrialsRequest* request,
                            v1::CancelTrialsResponse* response) override;
  grpc::Status UploadArtifact(grpc::ServerContext* context, grpc::ServerReader<v1::ArtifactChunk>* reader,
                              v1::UploadArtifactResponse* response) override;
  grpc::Status ListDevices(grpc::ServerContext* context, const v1::ListDevicesRequest* request,
                           v1::ListDevicesResponse* response) override;
  grpc::Status ReleaseDevice(grpc::ServerContext* context, const v1::ReleaseDeviceRequest* request,
                             v1::ReleaseDeviceResponse* response) override;

 private:
  Tracker& tracker_;
};

// A Tracker with its services. It must outlive the server with which the services are registered.
class TrackerServices {
 public:
  explicit TrackerServices(const Clock& clock, TrackerOptions options = {})
      : tracker_(clock, options), agent_service_(tracker_), tracker_service_(tracker_) {}

  // Registers both services with a server that is about to be built.
  void Register(grpc::ServerBuilder& builder) {
    builder.RegisterService(&agent_service_);
    builder.RegisterService(&tracker_service_);
  }

  // Ends all long polls. Call it before grpc::Server::Shutdown, which waits for all calls to end.
  void Shutdown() { tracker_.Shutdown(); }

  // The tracker that both services use. It lives as long as this object.
  Tracker& tracker() { return tracker_; }

 private:
  Tracker tracker_;
  AgentServiceImpl agent_service_;
  TrackerServiceImpl tracker_service_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_SERVICES_H_
