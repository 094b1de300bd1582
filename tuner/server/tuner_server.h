// Puts the parts of tuner-server together: log, builders, tracker (built in or remote), job engine,
// services.
#ifndef DIAPASON_TUNER_SERVER_TUNER_SERVER_H_
#define DIAPASON_TUNER_SERVER_TUNER_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "db/record_store.h"
#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "tracker/services.h"
#include "tuner/build/builder_pool.h"
#include "tuner/job/job_engine.h"
#include "tuner/job/tracker_measurer.h"
#include "tuner/page/http_server.h"
#include "tuner/page/site.h"
#include "tuner/server/remote_tracker.h"
#include "tuner/server/server_metrics.h"
#include "tuner/server/server_options.h"
#include "tuner/server/tuner_service.h"

namespace diapason::tuner {

class TunerServer {
 public:
  // Opens the log, listens, and resumes the jobs that were running. On an error, `exit_code` receives the
  // exit code of the program.
  static absl::StatusOr<std::unique_ptr<TunerServer>> Start(const ServerOptions& options, int& exit_code);

  // Ends in order: stops the jobs, which a later start resumes, acknowledges the results that are stored,
  // and ends the builder workers.
  ~TunerServer();

  // The port on which the server listens.
  int port() const { return port_; }
  // The port of the web page, or 0 if there is none.
  int http_port() const { return http_ == nullptr ? 0 : http_->port(); }

 private:
  TunerServer() = default;
  absl::Status OpenLog(const ServerOptions& options);
  absl::Status ConnectTracker(const ServerOptions& options);
  absl::Status CreateEngine(const ServerOptions& options);
  absl::Status Listen(const ServerOptions& options);
  absl::Status ListenHttp(const ServerOptions& options);
  absl::StatusOr<std::string> ReleaseDevice(const std::string& device_id);
  std::string MetricsText();

  // In the order of construction. They are destroyed in reverse order.
  SystemClock clock_;
  RandomIds ids_;
  ServerMetrics metrics_;
  std::unique_ptr<db::RecordStore> store_;
  std::unique_ptr<BuilderPool> builders_;
  std::unique_ptr<tracker::TrackerServices> tracker_;  // this or remote_tracker_ is set
  std::unique_ptr<RemoteTracker> remote_tracker_;
  // The server calls the built-in tracker like a remote one, through a gRPC server inside this process.
  std::unique_ptr<tracker::TrackerServiceImpl> inner_service_;
  std::unique_ptr<grpc::Server> inner_server_;
  std::unique_ptr<v1::TrackerService::Stub> tracker_stub_;
  std::unique_ptr<TrackerMeasurer> measurer_;
  std::unique_ptr<CountingMeasurer> counting_measurer_;
  std::unique_ptr<CountingBuilder> counting_builder_;
  std::unique_ptr<JobEngine> engine_;
  std::unique_ptr<TunerServiceImpl> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::unique_ptr<Site> site_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SERVER_TUNER_SERVER_H_
