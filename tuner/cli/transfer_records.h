// Copies records from one log to another as JSON Lines (db/json_lines.h).
#ifndef DIAPASON_TUNER_CLI_TRANSFER_RECORDS_H_
#define DIAPASON_TUNER_CLI_TRANSFER_RECORDS_H_

#include <string>

#include "tuner/cli/log_source.h"
#include "tuner/cli/model_tasks.h"

namespace diapason::tuner {

// Both functions print to stderr how many records there were, or what went wrong, and return the exit
// code.

// Writes to stdout the records of the model's tasks on `target`, or of the whole log if no model is named.
int ExportRecords(const ModelOption& model, const std::string& target, const LogOption& log);

// Adds the records of the file `path` to `db`, which is created if it does not exist. Records that it has
// already are not changed.
int ImportRecords(const std::string& path, const std::string& db);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_TRANSFER_RECORDS_H_
