#include "tuner/server/tuner_server.h"

#include <chrono>
#include <filesystem>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "compiler/codegen/backends.h"
#include "compiler/codegen/kernel_backend.h"
#include "compiler/space/sketch_library.h"
#include "proto/base/status_macros.h"
#include "proto/processes/sandbox.h"
#include "proto/rpc/grpc_status.h"
#include "spdlog/spdlog.h"
#include "tuner/compile/installation.h"
#include "tuner/compile/tuning_log.h"
#include "tuner/search/space_task_search.h"

namespace diapason::tuner {
namespace {

constexpr std::chrono::seconds kShutdownTime(2);
constexpr std::chrono::seconds kTrackerTime(10);  // for the answer to one call

}  // namespace

absl::StatusOr<std::unique_ptr<TunerServer>> TunerServer::Start(const ServerOptions& options,
                                                                int& exit_code) {
  auto server = absl::WrapUnique(new TunerServer());
  exit_code = kExitLog;
  DIAPASON_RETURN_IF_ERROR(server->OpenLog(options));
  exit_code = kExitInstallation;
  DIAPASON_RETURN_IF_ERROR(server->ConnectTracker(options));
  DIAPASON_RETURN_IF_ERROR(server->CreateEngine(options));
  exit_code = kExitCannotListen;
  DIAPASON_RETURN_IF_ERROR(server->Listen(options));
  exit_code = kExitLog;
  DIAPASON_RETURN_IF_ERROR(server->engine_->Resume().status());
  exit_code = kExitCannotListen;
  DIAPASON_RETURN_IF_ERROR(server->ListenHttp(options));
  exit_code = 0;
  return server;
}

absl::Status TunerServer::OpenLog(const ServerOptions& options) {
  DIAPASON_ASSIGN_OR_RETURN(store_, OpenTuningLog(options.db, db::OpenMode::kServe));
  return absl::OkStatus();
}

absl::Status TunerServer::ConnectTracker(const ServerOptions& options) {
  std::shared_ptr<grpc::Channel> channel;
  if (options.tracker.empty()) {
    tracker_ = std::make_unique<tracker::TrackerServices>(clock_);
    inner_service_ = std::make_unique<tracker::TrackerServiceImpl>(tracker_->tracker());
    grpc::ServerBuilder builder;
    builder.RegisterService(inner_service_.get());
    SetMessageLimit(builder);
    inner_server_ = builder.BuildAndStart();
    if (inner_server_ == nullptr) return absl::InternalError("the built-in tracker does not start");
    channel = inner_server_->InProcessChannel(LimitedChannelArguments());
  } else {
    DIAPASON_ASSIGN_OR_RETURN(channel, OpenChannel(options.tracker, options.listen.tls));
    remote_tracker_ = std::make_unique<RemoteTracker>(channel, options.tracker);
  }
  tracker_stub_ = v1::TrackerService::NewStub(channel);
  measurer_ = std::make_unique<TrackerMeasurer>(std::move(channel), ids_.NewId(), clock_);
  counting_measurer_ = std::make_unique<CountingMeasurer>(*measurer_, metrics_);
  return absl::OkStatus();
}

absl::Status TunerServer::CreateEngine(const ServerOptions& options) {
  const Installation installation = FindInstallation();
  BuilderPoolOptions pool;
  pool.workers = options.builders;
  const std::string worker = installation.Program("builder-worker");
  pool.worker.cpus = options.cpus;
  pool.idle_cpus = options.idle_cpus;
  if (!std::filesystem::exists(worker))
    return absl::NotFoundError(
        absl::StrCat("builder-worker is not installed next to this program: ", worker));
  const Sandbox sandbox = Sandbox::Probe({.command = {worker}});
  pool.worker.argv = sandbox.command();
  if (sandbox.form() != v1::SANDBOX_FULL) {
    spdlog::warn("sandbox of the builders: reduced ({}): only limits of memory and time confine them",
                 sandbox.reason());
  }
  DIAPASON_ASSIGN_OR_RETURN(
      std::vector<v1::Sketch> sketches,
      compiler::space::LoadSketches(options.sketches.empty() ? installation.sketches : options.sketches));
  spdlog::info("log={} sketches={} builders={}", options.db, sketches.size(), pool.workers);
  builders_ = std::make_unique<BuilderPool>(clock_, std::move(pool));
  counting_builder_ = std::make_unique<CountingBuilder>(*builders_, metrics_);
  // All jobs are for CPUs. With a second back end, the version will depend on the target of each job.
  DIAPASON_ASSIGN_OR_RETURN(const auto backend, compiler::codegen::MakeBackend(v1::TARGET_KIND_CPU));
  JobDependencies dependencies{*store_,
                               *counting_builder_,
                               *counting_measurer_,
                               clock_,
                               NewSpaceTaskSearchFactory(*store_, *builders_, std::move(sketches)),
                               std::string(backend->name()),
                               compiler::codegen::VersionText(backend->version()),
                               /*server_id=*/ids_.NewId()};
  engine_ = std::make_unique<JobEngine>(std::move(dependencies), JobConfig(), ids_);
  service_ = std::make_unique<TunerServiceImpl>(*engine_, *store_, *measurer_);
  return absl::OkStatus();
}

absl::Status TunerServer::Listen(const ServerOptions& options) {
  grpc::ServerBuilder builder;
  builder.RegisterService(service_.get());
  if (tracker_ != nullptr) tracker_->Register(builder);
  if (remote_tracker_ != nullptr) remote_tracker_->Register(builder);
  DIAPASON_ASSIGN_OR_RETURN(server_, StartServer(options.listen, builder, port_));
  return absl::OkStatus();
}

absl::Status TunerServer::ListenHttp(const ServerOptions& options) {
  if (options.http.empty()) return absl::OkStatus();
  site_ = std::make_unique<Site>(ServerParts{*engine_, *store_, *measurer_, clock_,
                                             [this](const std::string& id) { return ReleaseDevice(id); },
                                             [this] { return MetricsText(); }});
  DIAPASON_ASSIGN_OR_RETURN(http_,
                            HttpServer::Start({options.http, options.listen.tls},
                                              [this](const HttpRequest& r) { return site_->Answer(r); }));
  return absl::OkStatus();
}

absl::StatusOr<std::string> TunerServer::ReleaseDevice(const std::string& device_id) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kTrackerTime);
  v1::ReleaseDeviceRequest request;
  request.set_device_id(device_id);
  v1::ReleaseDeviceResponse response;
  DIAPASON_RETURN_IF_ERROR(FromGrpc(tracker_stub_->ReleaseDevice(&context, request, &response)));
  return response.message();
}

std::string TunerServer::MetricsText() {
  ServerMetrics::State state;
  if (auto jobs = engine_->List(); jobs.ok()) state.jobs = *std::move(jobs);
  auto devices = measurer_->Devices();
  state.tracker_answers = devices.ok();
  if (devices.ok()) state.devices = *std::move(devices);
  state.waiting_builds = builders_->waiting();
  return metrics_.Text(state);
}

// No step waits for a client. Calls that still run at the deadline are cancelled, for example the watch of
// a client that is suspended and reads nothing.
TunerServer::~TunerServer() {
  http_.reset();
  if (engine_ != nullptr) engine_->Shutdown();
  if (measurer_ != nullptr) measurer_->Shutdown();
  if (tracker_ != nullptr) tracker_->Shutdown();
  const auto deadline = std::chrono::system_clock::now() + kShutdownTime;
  if (server_ != nullptr) server_->Shutdown(deadline);
  if (inner_server_ != nullptr) inner_server_->Shutdown(deadline);
}

}  // namespace diapason::tuner
