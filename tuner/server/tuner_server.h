// The tuner-server, put together: log, builders, tracker (embedded or remote), job engine, services.
#ifndef DIAPASON_TUNER_SERVER_TUNER_SERVER_H_
#define DIAPASON_TUNER_SERVER_TUNER_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "db/record_store.h"
#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "tracker/services.h"
#include "tuner/build/builder_pool.h"
#include "tuner/job/job_engine.h"
#include "tuner/job/tracker_measurer.h"
#include "tuner/server/remote_tracker.h"
#include "tuner/server/server_options.h"
#include "tuner/server/tuner_service.h"

namespace diapason::tuner {

class TunerServer {
 public:
  // Opens the log, listens, goes on with running jobs. For an error, `exit_code` receives its exit code.
  static absl::StatusOr<std::unique_ptr<TunerServer>> Start(const ServerOptions& options, int& exit_code);

  // Orderly: jobs stop and stay to be gone on with; what is stored is acknowledged; workers end.
  ~TunerServer();

  int port() const { return port_; }

 private:
  TunerServer() = default;
  absl::Status OpenLog(const ServerOptions& options);
  absl::Status ConnectTracker(const ServerOptions& options);
  absl::Status CreateEngine(const ServerOptions& options);
  absl::Status Listen(const ServerOptions& options);

  // In the order of construction; destroyed in reverse.
  SystemClock clock_;
  RandomIds ids_;
  std::unique_ptr<db::RecordStore> store_;
  std::unique_ptr<BuilderPool> builders_;
  std::unique_ptr<tracker::TrackerServices> tracker_;  // one of the two
  std::unique_ptr<RemoteTracker> remote_tracker_;
  // The embedded tracker is spoken to like a remote one, by a server that only this process can reach.
  std::unique_ptr<tracker::TrackerServiceImpl> inner_service_;
  std::unique_ptr<grpc::Server> inner_server_;
  std::unique_ptr<TrackerMeasurer> measurer_;
  std::unique_ptr<JobEngine> engine_;
  std::unique_ptr<TunerServiceImpl> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SERVER_TUNER_SERVER_H_
