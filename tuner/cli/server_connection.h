// A connection to a tuner-server, as the commands use it.
#ifndef DIAPASON_TUNER_CLI_SERVER_CONNECTION_H_
#define DIAPASON_TUNER_CLI_SERVER_CONNECTION_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "diapason/v1/tracker.grpc.pb.h"
#include "diapason/v1/tuner.grpc.pb.h"
#include "proto/rpc/credentials.h"
#include "tuner/cli/interrupt.h"

namespace diapason::tuner {

// The options that name a server.
struct ServerAddress {
  std::string server;  // HOST:PORT; empty if none was named
  TlsOptions tls;
};

// Adds the options --server, --cert, --key and --ca.
void AddServerOptions(CLI::App& command, ServerAddress& address, bool required);
// Returns the same options as text, for commands that are shown to the user.
std::string ServerArguments(const ServerAddress& address);

// Every call blocks, and returns the errors of the service besides those that are listed here. Not
// thread-safe.
class ServerConnection {
 public:
  // Returns Unavailable if no server answers at this address, and the errors of OpenChannel.
  static absl::StatusOr<std::unique_ptr<ServerConnection>> Connect(const ServerAddress& address);

  // Returns all devices that the server's tracker knows.
  absl::StatusOr<std::vector<v1::DeviceStatus>> Devices();
  // Lets a device that rests be used again, or frees the name of a device that is offline. Returns a line
  // about what was done, or NotFound if there is no such device.
  absl::StatusOr<std::string> ReleaseDevice(const std::string& device_id);
  // Submits a job. If the connection is lost before the answer comes, the request is sent again for half a
  // minute. The server makes only one job of it if it has a `request_id`.
  absl::StatusOr<v1::SubmitJobResponse> SubmitJob(const v1::SubmitJobRequest& request);
  // Calls `report` with each status until the job ends, and returns the last one. Returns Cancelled if the
  // user interrupted, and Unavailable if the connection or the server ended before the job did.
  absl::StatusOr<v1::JobStatus> WatchJob(const std::string& job_id, Interrupt& interrupt,
                                         const std::function<void(const v1::JobStatus&)>& report);
  // Returns the status of every job that the log has, newest first.
  absl::StatusOr<std::vector<v1::JobStatus>> Jobs();
  // Ends a job as CANCELLED; its records stay.
  absl::Status CancelJob(const std::string& job_id);
  // Returns the known schedules for a workload on a target, best first.
  absl::StatusOr<v1::LookupResult> Lookup(const v1::Workload& workload, const v1::Target& target,
                                          const v1::LookupOptions& options);
  // Returns the target of a device. Returns NotFound if it is neither connected nor known to the log.
  absl::StatusOr<v1::Target> FindDevice(const std::string& device_id);

  // The server's address, HOST:PORT.
  const std::string& name() const { return address_.server; }
  // For commands that are shown to the user.
  std::string arguments() const { return ServerArguments(address_); }

 private:
  ServerConnection(ServerAddress address, std::shared_ptr<grpc::Channel> channel);

  const ServerAddress address_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::TunerService::Stub> tuner_;
  const std::unique_ptr<v1::TrackerService::Stub> tracker_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_SERVER_CONNECTION_H_
