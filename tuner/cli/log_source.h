// Where a command asks for what is known: the log's file, or a tuner-server.
#ifndef DIAPASON_TUNER_CLI_LOG_SOURCE_H_
#define DIAPASON_TUNER_CLI_LOG_SOURCE_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "db/record_store.h"
#include "tuner/cli/server_connection.h"

namespace diapason::tuner {

inline constexpr char kDefaultLog[] = "sqlite:tuning.db";

struct LogOption {
  std::string db = kDefaultLog;
  ServerAddress server;  // asked instead, where it is named
};

// --db, --server and its certificates.
void AddLogOptions(CLI::App& command, LogOption& option);

// Opens the log (for reading) or connects.
class LogSource {
 public:
  // Unavailable: no server; else the codes of OpenRecordStore.
  static absl::StatusOr<std::unique_ptr<LogSource>> Open(const LogOption& option);

  absl::StatusOr<v1::LookupResult> Lookup(const v1::Workload& workload, const v1::Target& target,
                                          const v1::LookupOptions& options);
  // The target of a device by its name. NotFound: it is not known; the message names those that are.
  absl::StatusOr<v1::Target> FindDevice(const std::string& device_id);

 private:
  std::unique_ptr<db::RecordStore> store_;  // one of the two
  std::unique_ptr<ServerConnection> server_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_LOG_SOURCE_H_
