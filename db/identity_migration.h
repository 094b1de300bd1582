// The function of the migration to version 3. It gives all rows today's identities (db/identity_update.h).
#ifndef DIAPASON_DB_IDENTITY_MIGRATION_H_
#define DIAPASON_DB_IDENTITY_MIGRATION_H_

#include "absl/status/status.h"
#include "db/sql_connection.h"
#include "db/workload_identity.h"

namespace diapason::db {

// Rewrites columns and messages of workloads, records, decisions and jobs. It works in the transaction
// that is open and has only a few messages in memory at a time. Two workloads that are the same today
// become one. Returns the errors of the connection and of `identity`.
absl::Status MigrateIdentities(Connection& connection, const WorkloadIdentity& identity);

}  // namespace diapason::db

#endif  // DIAPASON_DB_IDENTITY_MIGRATION_H_
