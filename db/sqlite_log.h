// Opens a log that is an SQLite file.
#ifndef DIAPASON_DB_SQLITE_LOG_H_
#define DIAPASON_DB_SQLITE_LOG_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "db/record_store.h"
#include "db/workload_identity.h"

namespace diapason::db {

// As OpenRecordStore, for the path of a file.
absl::StatusOr<std::unique_ptr<RecordStore>> OpenSqliteLog(const std::string& path, OpenMode mode,
                                                           const WorkloadIdentity& identity);

}  // namespace diapason::db

#endif  // DIAPASON_DB_SQLITE_LOG_H_
