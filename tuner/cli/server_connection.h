// A tuner-server as the commands see it.
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

struct ServerAddress {
  std::string server;  // HOST:PORT; empty: none was named
  TlsFiles tls;
};

// --server, --cert, --key, --ca.
void AddServerOptions(CLI::App& command, ServerAddress& address, bool required);
// The same options as text, for commands that are shown to the user.
std::string ServerArguments(const ServerAddress& address);

class ServerConnection {
 public:
  // Unavailable: nobody answers there. Codes of OpenChannel.
  static absl::StatusOr<std::unique_ptr<ServerConnection>> Connect(const ServerAddress& address);

  absl::StatusOr<std::vector<v1::DeviceStatus>> Devices();
  // Ends a device's rest, or frees its name; what was done, in a line. NotFound: no such device.
  absl::StatusOr<std::string> ReleaseDevice(const std::string& device_id);
  // Where the connection is lost before the answer comes, the request is sent again for half a minute; with a
  // `request_id` it still makes one job.
  absl::StatusOr<v1::SubmitJobResponse> SubmitJob(const v1::SubmitJobRequest& request);
  // Until the job ends; the last status. Cancelled: the user interrupted. Unavailable: the connection or the
  // server ended before the job did.
  absl::StatusOr<v1::JobStatus> WatchJob(const std::string& job_id, Interrupt& interrupt,
                                         const std::function<void(const v1::JobStatus&)>& report);
  absl::StatusOr<std::vector<v1::JobStatus>> Jobs();
  absl::Status CancelJob(const std::string& job_id);
  absl::StatusOr<v1::LookupResult> Lookup(const v1::Workload& workload, const v1::Target& target,
                                          const v1::LookupOptions& options);
  // NotFound: neither connected nor known to the log.
  absl::StatusOr<v1::Target> FindDevice(const std::string& device_id);

  const std::string& name() const { return address_.server; }
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
