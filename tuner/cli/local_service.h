// A tuner-server and a device-agent of our own, on loopback: what `diapason tune` works with where no server
// is named. They are the same programs that a lab runs. Not thread-safe; the thread that starts it must
// outlive it (the kernel kills the children with their thread).
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

struct LocalServiceOptions {
  std::string db;        // sqlite:PATH
  std::string sketches;  // folder; empty: the installed ones
};

class LocalService {
 public:
  // Both run when it returns; the agent announces itself within moments. What a program said when it ended is
  // in the error: a fault of the log (db/log_fault.h; tuner-server's exit code 3); Internal: anything else.
  static absl::StatusOr<std::unique_ptr<LocalService>> Start(const LocalServiceOptions& options,
                                                             const Installation& installation);
  // Asks both to end, waits a moment, kills what still runs.
  ~LocalService();

  const std::string& address() const { return address_; }  // of the server
  const std::string& device_id() const { return device_id_; }

  // OK while both run; else what the one that ended said last.
  absl::Status Check();

 private:
  LocalService() = default;
  absl::Status StartServer(const LocalServiceOptions& options, const Installation& installation);
  absl::Status StartAgent(const Installation& installation);

  std::string address_;
  std::string device_id_;
  CapturedStderr server_says_;
  CapturedStderr agent_says_;
  std::unique_ptr<ChildProcess> server_;
  std::unique_ptr<ChildProcess> agent_;
};

// How the processors of this machine are shared: one measures, the others search and build; a single one does
// both.
struct ProcessorShares {
  int measuring = 0;
  std::vector<int> others;  // empty: there is but one
};
ProcessorShares ShareProcessors();

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_LOCAL_SERVICE_H_
