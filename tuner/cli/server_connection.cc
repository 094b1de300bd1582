#include "tuner/cli/server_connection.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/base/status_macros.h"
#include "proto/rpc/grpc_endpoint.h"
#include "proto/rpc/grpc_status.h"
#include "tuner/cli/shell_word.h"

namespace diapason::tuner {
namespace {

constexpr std::chrono::seconds kConnectTime(10);
constexpr std::chrono::seconds kCallTime(60);
constexpr absl::Duration kSubmitFor = absl::Seconds(30);
constexpr absl::Duration kSubmitAgain = absl::Seconds(1);

struct Context : grpc::ClientContext {
  Context() { set_deadline(std::chrono::system_clock::now() + kCallTime); }
};

}  // namespace

void AddServerOptions(CLI::App& command, ServerAddress& address, bool required) {
  command.add_option("--server", address.server, "address of a tuner-server, HOST:PORT")->required(required);
  command.add_option("--cert", address.tls.cert, "your certificate, which the server checks (PEM file)");
  command.add_option("--key", address.tls.key, "the certificate's private key (PEM file)");
  command.add_option("--ca", address.tls.ca,
                     "certificate of the authority that signed the server's certificate (PEM file)");
  command.add_flag("--insecure", address.tls.insecure, kInsecureHelp);
}

std::string ServerArguments(const ServerAddress& address) {
  std::string text;
  AppendOption("--server", address.server, text);
  AppendOption("--cert", address.tls.cert, text);
  AppendOption("--key", address.tls.key, text);
  AppendOption("--ca", address.tls.ca, text);
  if (address.tls.insecure) text += " --insecure";
  return text;
}

absl::StatusOr<std::unique_ptr<ServerConnection>> ServerConnection::Connect(const ServerAddress& address) {
  DIAPASON_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel,
                            OpenChannel(address.server, address.tls));
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectTime)) {
    return absl::UnavailableError(
        absl::StrCat("no tuner-server answers at ", address.server,
                     "; check that it is running and that --cert, --key and --ca are right"));
  }
  return std::unique_ptr<ServerConnection>(new ServerConnection(address, channel));
}

ServerConnection::ServerConnection(ServerAddress address, std::shared_ptr<grpc::Channel> channel)
    : address_(std::move(address)),
      channel_(channel),
      tuner_(v1::TunerService::NewStub(channel)),
      tracker_(v1::TrackerService::NewStub(channel)) {}

absl::StatusOr<std::vector<v1::DeviceStatus>> ServerConnection::Devices() {
  Context context;
  v1::ListDevicesResponse response;
  DIAPASON_RETURN_IF_ERROR(FromGrpc(tracker_->ListDevices(&context, v1::ListDevicesRequest(), &response)));
  return std::vector<v1::DeviceStatus>(response.devices().begin(), response.devices().end());
}

absl::StatusOr<std::string> ServerConnection::ReleaseDevice(const std::string& device_id) {
  Context context;
  v1::ReleaseDeviceRequest request;
  request.set_device_id(device_id);
  v1::ReleaseDeviceResponse response;
  DIAPASON_RETURN_IF_ERROR(FromGrpc(tracker_->ReleaseDevice(&context, request, &response)));
  return response.message();
}

absl::StatusOr<v1::SubmitJobResponse> ServerConnection::SubmitJob(const v1::SubmitJobRequest& request) {
  const absl::Time until = absl::Now() + kSubmitFor;
  while (true) {
    Context context;
    v1::SubmitJobResponse response;
    const absl::Status status = FromGrpc(tuner_->SubmitJob(&context, request, &response));
    if (status.ok()) return response;
    // If the server itself says that it cannot take the job now, the connection works, and it is not tried
    // again.
    const bool cut = absl::IsDeadlineExceeded(status) ||
                     (absl::IsUnavailable(status) && channel_->GetState(false) != GRPC_CHANNEL_READY);
    if (!cut || request.request_id().empty() || absl::Now() >= until) return status;
    absl::SleepFor(kSubmitAgain);
  }
}

absl::StatusOr<v1::JobStatus> ServerConnection::WatchJob(
    const std::string& job_id, Interrupt& interrupt,
    const std::function<void(const v1::JobStatus&)>& report) {
  grpc::ClientContext context;  // no deadline, because the job may take any time
  v1::WatchJobRequest request;
  request.set_job_id(job_id);
  const auto reader = tuner_->WatchJob(&context, request);
  interrupt.OnInterrupt([&context] { context.TryCancel(); });
  v1::JobStatus status;
  bool any = false;
  while (reader->Read(&status)) {
    any = true;
    report(status);
  }
  interrupt.Clear();
  const absl::Status end = FromGrpc(reader->Finish());
  if (interrupt.happened()) return absl::CancelledError("interrupted");
  DIAPASON_RETURN_IF_ERROR(WithContext(end, absl::StrCat("watching job ", job_id, " on ", name())));
  if (!any) return absl::InternalError(absl::StrCat("the server sent no status of job ", job_id));
  if (status.state() == v1::JOB_STATE_RUNNING) {
    return absl::UnavailableError(absl::StrCat("watching job ", job_id, " on ", name(),
                                               ": the server ended the call before the job ended"));
  }
  return status;
}

absl::StatusOr<std::vector<v1::JobStatus>> ServerConnection::Jobs() {
  std::vector<v1::JobStatus> jobs;
  v1::ListJobsRequest request;
  v1::ListJobsResponse response;
  do {
    Context context;
    DIAPASON_RETURN_IF_ERROR(FromGrpc(tuner_->ListJobs(&context, request, &response)));
    jobs.insert(jobs.end(), response.jobs().begin(), response.jobs().end());
    if (response.jobs().empty()) break;
    request.set_before_job_id(jobs.back().job_id());
  } while (response.more());
  return jobs;
}

absl::Status ServerConnection::CancelJob(const std::string& job_id) {
  Context context;
  v1::CancelJobRequest request;
  request.set_job_id(job_id);
  v1::CancelJobResponse response;
  return FromGrpc(tuner_->CancelJob(&context, request, &response));
}

absl::StatusOr<v1::LookupResult> ServerConnection::Lookup(const v1::Workload& workload,
                                                          const v1::Target& target,
                                                          const v1::LookupOptions& options) {
  Context context;
  v1::LookupRequest request;
  *request.mutable_options() = options;
  v1::LookupKey* key = request.add_keys();
  *key->mutable_workload() = workload;
  *key->mutable_target() = target;
  v1::LookupResponse response;
  DIAPASON_RETURN_IF_ERROR(FromGrpc(tuner_->Lookup(&context, request, &response)));
  if (response.results_size() != 1) return absl::InternalError("the server's look-up has no result");
  return response.results(0);
}

absl::StatusOr<v1::Target> ServerConnection::FindDevice(const std::string& device_id) {
  Context context;
  v1::FindDeviceRequest request;
  request.set_device_id(device_id);
  v1::FindDeviceResponse response;
  DIAPASON_RETURN_IF_ERROR(FromGrpc(tuner_->FindDevice(&context, request, &response)));
  return response.target();
}

}  // namespace diapason::tuner
