// Answers look-ups of a command, either from a log's file or from a tuner-server.
#ifndef DIAPASON_TUNER_CLI_LOG_SOURCE_H_
#define DIAPASON_TUNER_CLI_LOG_SOURCE_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "db/record_store.h"
#include "tuner/cli/server_connection.h"

namespace diapason::tuner {

// The log that commands use if no other is named.
inline constexpr char kDefaultLog[] = "sqlite:tuning.db";

// The options that name a log.
struct LogOption {
  std::string db = kDefaultLog;
  ServerAddress server;  // if set, it is used instead of `db`
};

// Adds the options --db, --server, --cert, --key and --ca.
void AddLogOptions(CLI::App& command, LogOption& option);

// A log that was opened for reading, or a connection to a tuner-server. Not thread-safe. Calls block.
class LogSource {
 public:
  // Opens the log or connects to the server. Returns Unavailable if no server answers, and the errors of
  // OpenRecordStore.
  static absl::StatusOr<std::unique_ptr<LogSource>> Open(const LogOption& option);

  // Returns the known schedules for a workload on a target, best first. Errors are those of
  // RecordStore::Lookup or, with a server, of ServerConnection.
  absl::StatusOr<v1::LookupResult> Lookup(const v1::Workload& workload, const v1::Target& target,
                                          const v1::LookupOptions& options);
  // Returns the target of a device by its name. Returns NotFound if the device is not known; the message
  // lists those that are known.
  absl::StatusOr<v1::Target> FindDevice(const std::string& device_id);
  // Returns the store of the log's file, which lives as long as this object, or null if a tuner-server is
  // asked.
  const db::RecordStore* store() const { return store_.get(); }

 private:
  std::unique_ptr<db::RecordStore> store_;  // this or server_ is set
  std::unique_ptr<ServerConnection> server_;
};

// Returns a line for users about what the log's file has learnt about a machine. Returns "" if a server has
// the log, or if there is nothing to say.
std::string CostModelLine(const LogOption& option, const v1::Target& target);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_LOG_SOURCE_H_
