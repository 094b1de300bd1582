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
#include "spdlog/spdlog.h"
#include "tuner/compile/installation.h"
#include "tuner/compile/tuning_log.h"
#include "tuner/search/space_task_search.h"

namespace diapason::tuner {
namespace {

constexpr std::chrono::seconds kShutdownTime(2);

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
  measurer_ = std::make_unique<TrackerMeasurer>(std::move(channel), ids_.NewId(), clock_);
  return absl::OkStatus();
}

absl::Status TunerServer::CreateEngine(const ServerOptions& options) {
  const Installation installation = FindInstallation();
  BuilderPoolOptions pool;
  pool.workers = options.builders;
  pool.worker.argv = {installation.Program("builder-worker")};
  pool.worker.cpus = options.cpus;
  pool.idle_cpus = options.idle_cpus;
  if (!std::filesystem::exists(pool.worker.argv[0])) {
    return absl::NotFoundError(
        absl::StrCat("builder-worker is not installed next to this program: ", pool.worker.argv[0]));
  }
  DIAPASON_ASSIGN_OR_RETURN(
      std::vector<v1::Sketch> sketches,
      compiler::space::LoadSketches(options.sketches.empty() ? installation.sketches : options.sketches));
  spdlog::info("log={} sketches={} builders={}", options.db, sketches.size(), pool.workers);
  builders_ = std::make_unique<BuilderPool>(clock_, std::move(pool));
  // All jobs are for CPUs. With a second back end, the version will depend on the target of each job.
  DIAPASON_ASSIGN_OR_RETURN(const auto backend, compiler::codegen::MakeBackend(v1::TARGET_KIND_CPU));
  JobDependencies dependencies{*store_,
                               *builders_,
                               *measurer_,
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

// No step waits for a client. Calls that still run at the deadline are cancelled, for example the watch of
// a client that is suspended and reads nothing.
TunerServer::~TunerServer() {
  if (engine_ != nullptr) engine_->Shutdown();
  if (measurer_ != nullptr) measurer_->Shutdown();
  if (tracker_ != nullptr) tracker_->Shutdown();
  const auto deadline = std::chrono::system_clock::now() + kShutdownTime;
  if (server_ != nullptr) server_->Shutdown(deadline);
  if (inner_server_ != nullptr) inner_server_->Shutdown(deadline);
}

}  // namespace diapason::tuner
