// The function of the migration to version 5. It fills the column `device_id` of records from their bodies.
#ifndef DIAPASON_DB_DEVICE_MIGRATION_H_
#define DIAPASON_DB_DEVICE_MIGRATION_H_

#include "absl/status/status.h"
#include "db/sql_connection.h"
#include "db/workload_identity.h"

namespace diapason::db {

// Works in the transaction that is open, and has only a few records in memory at a time. Returns the errors
// of the connection.
absl::Status MigrateDevices(Connection& connection, const WorkloadIdentity& identity);

}  // namespace diapason::db

#endif  // DIAPASON_DB_DEVICE_MIGRATION_H_
