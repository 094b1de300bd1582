// The function of the migration to version 3: all rows get today's identities (db/identity_update.h).
#ifndef DIAPASON_DB_IDENTITY_MIGRATION_H_
#define DIAPASON_DB_IDENTITY_MIGRATION_H_

#include "absl/status/status.h"
#include "db/sqlite.h"
#include "db/workload_identity.h"

namespace diapason::db {

// Rewrites columns and messages of workloads, records, decisions and jobs, inside of the transaction that is
// open. Holds a few messages at a time in memory. Two workloads that are the same today become one. The
// errors are those of the connection and of `identity`.
absl::Status MigrateIdentities(Connection& connection, const WorkloadIdentity& identity);

}  // namespace diapason::db

#endif  // DIAPASON_DB_IDENTITY_MIGRATION_H_
