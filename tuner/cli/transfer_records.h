// Records from one log to another, as JSON Lines (db/json_lines.h).
#ifndef DIAPASON_TUNER_CLI_TRANSFER_RECORDS_H_
#define DIAPASON_TUNER_CLI_TRANSFER_RECORDS_H_

#include <string>

#include "tuner/cli/log_source.h"
#include "tuner/cli/model_tasks.h"

namespace diapason::tuner {

// Both say on stderr how many records it were, or what went wrong, and return the exit code.

// To stdout: the records of the model's tasks on `target`; of all of the log where no model is named.
int ExportRecords(const ModelOption& model, const std::string& target, const LogOption& log);

// Makes the log where it is not there. Records that it has are left as they are.
int ImportRecords(const std::string& path, const std::string& db);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_TRANSFER_RECORDS_H_
