// The gRPC service of tuner-server. It checks the caller's role, forwards calls to the job engine and the
// log, and converts status codes. Thread-safe, as gRPC's services must be.
#ifndef DIAPASON_TUNER_SERVER_TUNER_SERVICE_H_
#define DIAPASON_TUNER_SERVER_TUNER_SERVICE_H_

#include "db/record_store.h"
#include "diapason/v1/tuner.grpc.pb.h"
#include "tuner/job/job_engine.h"
#include "tuner/job/measurer.h"

namespace diapason::tuner {

class TunerServiceImpl final : public v1::TunerService::Service {
  // All three arguments must outlive this object.
 public:
  TunerServiceImpl(JobEngine& engine, const db::RecordStore& store, Measurer& measurer)
      : engine_(engine), store_(store), measurer_(measurer) {}

  grpc::Status SubmitJob(grpc::ServerContext* context, const v1::SubmitJobRequest* request,
                         v1::SubmitJobResponse* response) override;
  grpc::Status WatchJob(grpc::ServerContext* context, const v1::WatchJobRequest* request,
                        grpc::ServerWriter<v1::JobStatus>* writer) override;
  grpc::Status ListJobs(grpc::ServerContext* context, const v1::ListJobsRequest* request,
                        v1::ListJobsResponse* response) override;
  grpc::Status CancelJob(grpc::ServerContext* context, const v1::CancelJobRequest* request,
                         v1::CancelJobResponse* response) override;
  grpc::Status Lookup(grpc::ServerContext* context, const v1::LookupRequest* request,
                      v1::LookupResponse* response) override;
  grpc::Status FindDevice(grpc::ServerContext* context, const v1::FindDeviceRequest* request,
                          v1::FindDeviceResponse* response) override;

 private:
  JobEngine& engine_;
  const db::RecordStore& store_;
  Measurer& measurer_;  // lists the devices
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SERVER_TUNER_SERVICE_H_
