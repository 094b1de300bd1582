// The function of the migration to version 5. It fills the new columns of records and jobs from their bodies.
#ifndef DIAPASON_DB_COLUMN_MIGRATION_H_
#define DIAPASON_DB_COLUMN_MIGRATION_H_

#include "absl/status/status.h"
#include "db/sql_connection.h"
#include "db/workload_identity.h"

namespace diapason::db {

// Works in the transaction that is open, and has only a few rows in memory at a time. Returns the errors of
// the connection.
absl::Status MigrateColumns(Connection& connection, const WorkloadIdentity& identity);

}  // namespace diapason::db

#endif  // DIAPASON_DB_COLUMN_MIGRATION_H_
