// Versions of the log. Version N is what the first N steps make; the file itself says which it is (SQLite's
// user_version). A step that was ever released is never edited: a change is one more step.
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

// One step, to the next version. All steps run in one transaction.
struct Migration {
  absl::string_view sql;  // the text of db/migrations/000N_*.sql
  // What SQL cannot do, right after `sql`; null: nothing.
  absl::Status (*function)(Connection& connection, const WorkloadIdentity& identity) = nullptr;
};

// Oldest first.
absl::Span<const Migration> Migrations();

// The texts of db/migrations/000N_*.sql, oldest first.
absl::Span<const absl::string_view> MigrationTexts();

// The version of a log that may be opened; 0: an empty file. Codes of Migrate.
absl::StatusOr<int64_t> ReadVersion(Connection& connection, int64_t newest);

// Brings the log to the newest version, all steps in one transaction; an empty file becomes a log. Safe when
// several processes do it at once. FailedPrecondition: the log is newer than `migrations`, or of an earlier
// release while `identity` is empty. InvalidArgument: it is a database of another program. Also the errors of
// `identity`.
absl::Status Migrate(Connection& connection, absl::Span<const Migration> migrations,
                     const WorkloadIdentity& identity);

// A connection that reads the log as one of the newest version, without writing to it: `connection` itself,
// or, where the log is older, one to a copy in memory that was migrated. FailedPrecondition: the log is
// empty. Other codes: of Migrate.
absl::StatusOr<std::unique_ptr<Connection>> ForReading(std::unique_ptr<Connection> connection,
                                                       absl::Span<const Migration> migrations,
                                                       const WorkloadIdentity& identity);

}  // namespace diapason::db

#endif  // DIAPASON_DB_MIGRATIONS_H_
