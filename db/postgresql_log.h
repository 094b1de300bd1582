// Opens a log in a PostgreSQL database.
#ifndef DIAPASON_DB_POSTGRESQL_LOG_H_
#define DIAPASON_DB_POSTGRESQL_LOG_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "db/record_store.h"

namespace diapason::db {

// As OpenRecordStore, for a URI of libpq. A log of an older version is migrated only by a
// server, and not while another server uses it.
absl::StatusOr<std::unique_ptr<RecordStore>> OpenPostgresqlLog(const std::string& url, OpenMode mode);

}  // namespace diapason::db

#endif  // DIAPASON_DB_POSTGRESQL_LOG_H_
