// A tuner-server and a device-agent on loopback, which `diapason tune` starts if no server is named. They
// are the same programs that a lab runs. Not thread-safe. The thread that starts the service must outlive
// it, because Linux kills the children with that thread.
#ifndef DIAPASON_TUNER_CLI_LOCAL_SERVICE_H_
#define DIAPASON_TUNER_CLI_LOCAL_SERVICE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/processes/captured_stderr.h"
#include "proto/processes/child_process.h"
#include "tuner/compile/installation.h"

namespace diapason::tuner {

// What the two programs are started with.
struct LocalServiceOptions {
  std::string db;        // the URL of the log
  std::string sketches;  // folder of sketches; empty for the installed ones
};

class LocalService {
 public:
  // Starts both programs. Both run when it returns, and the agent connects soon after. If a program ends
  // instead, the error has its last message: a fault of the log (db/log_fault.h; tuner-server's exit code
  // 3), or Internal for all else.
  static absl::StatusOr<std::unique_ptr<LocalService>> Start(const LocalServiceOptions& options,
                                                             const Installation& installation);
  // Asks both programs to end, waits a few seconds, and kills those that still run.
  ~LocalService();

  // HOST:PORT of the server, and the id of this machine as a device.
  const std::string& address() const { return address_; }
  const std::string& device_id() const { return device_id_; }

  // Returns OK if both programs run. Otherwise returns Internal with the last message of the one that
  // ended.
  absl::Status Check();

 private:
  LocalService() = default;
  absl::Status StartServer(const LocalServiceOptions& options, const Installation& installation);
  absl::Status StartAgent(const Installation& installation);

  std::string address_;
  std::string device_id_;
  CapturedStderr server_stderr_;
  CapturedStderr agent_stderr_;
  std::unique_ptr<ChildProcess> server_;
  std::unique_ptr<ChildProcess> agent_;
};

// How the processors of this machine are divided: one measures, and the others search and build. A single
// processor does both.
struct ProcessorShares {
  int measuring = 0;        // the number of the processor that measures
  std::vector<int> others;  // empty if there is only one processor
};
// Divides the processors that this process may use.
ProcessorShares ShareProcessors();

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_LOCAL_SERVICE_H_
