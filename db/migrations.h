// The versions of a log in SQLite. The first N steps make version N. The file itself contains its version
// (SQLite's user_version). A step that was released once is never edited; every change is a new step.
#ifndef DIAPASON_DB_MIGRATIONS_H_
#define DIAPASON_DB_MIGRATIONS_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "db/sqlite.h"
#include "db/workload_identity.h"

namespace diapason::db {

// One step, which leads to the next version. All steps that a log needs run in one transaction.
struct Migration {
  absl::string_view sql;  // the text of db/migrations/sqlite/000N_*.sql
  // Does what SQL cannot do, directly after `sql`. May be null.
  absl::Status (*function)(Connection& connection, const WorkloadIdentity& identity) = nullptr;
};

// All steps, oldest first.
absl::Span<const Migration> Migrations();

// Returns the version of a log that this program may open, or 0 for an empty file. Returns the errors of
// Migrate.
absl::StatusOr<int64_t> ReadVersion(Connection& connection, int64_t newest);

// Migrates the log to the newest version, with all steps in one transaction. An empty file becomes a log.
// Several processes may do this at the same time. FailedPrecondition: the log is newer than `migrations`,
// or it was written by an earlier release and `identity` is empty. InvalidArgument: the file is a database
// of another program. Also returns the errors of `identity`.
absl::Status Migrate(Connection& connection, absl::Span<const Migration> migrations,
                     const WorkloadIdentity& identity);

// Returns a connection that reads the log as a log of the newest version, without writing to it. This is
// `connection` itself or, if the log is older, a connection to a migrated copy in memory.
// FailedPrecondition: the log is empty. Also returns the errors of Migrate.
absl::StatusOr<std::unique_ptr<SqliteConnection>> ForReading(std::unique_ptr<SqliteConnection> connection,
                                                             absl::Span<const Migration> migrations,
                                                             const WorkloadIdentity& identity);

}  // namespace diapason::db

#endif  // DIAPASON_DB_MIGRATIONS_H_
