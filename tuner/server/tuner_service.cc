#include "tuner/server/tuner_service.h"

#include <utility>

#include "proto/base/status_macros.h"
#include "proto/rpc/credentials.h"
#include "proto/rpc/grpc_status.h"
#include "tuner/job/job_page.h"

namespace diapason::tuner {
namespace {

absl::StatusOr<Caller> UserOf(const grpc::ServerContext& context) {
  return CallerOf(*context.auth_context(), {Role::kUser});
}

}  // namespace

grpc::Status TunerServiceImpl::SubmitJob(grpc::ServerContext* context, const v1::SubmitJobRequest* request,
                                         v1::SubmitJobResponse* response) {
  return ToGrpc([&]() -> absl::Status {
    DIAPASON_ASSIGN_OR_RETURN(const Caller user, UserOf(*context));
    DIAPASON_ASSIGN_OR_RETURN(*response->mutable_job_id(), engine_.Submit(*request, user));
    response->set_note(engine_.DeviceNote(*request));
    return absl::OkStatus();
  }());
}

grpc::Status TunerServiceImpl::WatchJob(grpc::ServerContext* context, const v1::WatchJobRequest* request,
                                        grpc::ServerWriter<v1::JobStatus>* writer) {
  return ToGrpc([&]() -> absl::Status {
    DIAPASON_RETURN_IF_ERROR(UserOf(*context).status());
    return engine_.Watch(request->job_id(), [&](const v1::JobStatus& status) {
      return !context->IsCancelled() && writer->Write(status);
    });
  }());
}

grpc::Status TunerServiceImpl::ListJobs(grpc::ServerContext* context, const v1::ListJobsRequest* request,
                                        v1::ListJobsResponse* response) {
  return ToGrpc([&]() -> absl::Status {
    DIAPASON_RETURN_IF_ERROR(UserOf(*context).status());
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::JobStatus> jobs, engine_.List());
    return PageOfJobs(jobs, request->before_job_id(), *response);
  }());
}

grpc::Status TunerServiceImpl::CancelJob(grpc::ServerContext* context, const v1::CancelJobRequest* request,
                                         v1::CancelJobResponse*) {
  return ToGrpc([&]() -> absl::Status {
    DIAPASON_ASSIGN_OR_RETURN(const Caller user, UserOf(*context));
    return engine_.Cancel(request->job_id(), user);
  }());
}

grpc::Status TunerServiceImpl::Lookup(grpc::ServerContext* context, const v1::LookupRequest* request,
                                      v1::LookupResponse* response) {
  return ToGrpc([&]() -> absl::Status {
    DIAPASON_RETURN_IF_ERROR(UserOf(*context).status());
    for (const v1::LookupKey& key : request->keys()) {
      DIAPASON_ASSIGN_OR_RETURN(*response->add_results(),
                                store_.Lookup(key.workload(), key.target(), request->options()));
    }
    return absl::OkStatus();
  }());
}

grpc::Status TunerServiceImpl::FindDevice(grpc::ServerContext* context, const v1::FindDeviceRequest* request,
                                          v1::FindDeviceResponse* response) {
  return ToGrpc([&]() -> absl::Status {
    DIAPASON_RETURN_IF_ERROR(UserOf(*context).status());
    const auto devices = measurer_.Devices();
    if (devices.ok()) {  // if the tracker cannot be reached, the log is asked
      for (const v1::DeviceStatus& device : *devices) {
        if (device.device().device_id() != request->device_id()) continue;
        *response->mutable_target() = device.device().target();
        return absl::OkStatus();
      }
    }
    DIAPASON_ASSIGN_OR_RETURN(*response->mutable_target(), store_.FindTargetOfDevice(request->device_id()));
    return absl::OkStatus();
  }());
}

}  // namespace diapason::tuner
