// Versions of the log. Version N is what the first N files of db/migrations make; the file itself says which
// it is (SQLite's user_version). A file that was ever released is never edited: a change is one more file.
#ifndef DIAPASON_DB_MIGRATIONS_H_
#define DIAPASON_DB_MIGRATIONS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "db/sqlite.h"

namespace diapason::db {

// The texts of db/migrations/000N_*.sql, oldest first.
absl::Span<const absl::string_view> Migrations();

// The texts of db/migrations/read_000N.sql: views that show a log of version N to a reader as one of the newest version.
// One for each version but the newest.
absl::Span<const absl::string_view> ReadingViews();

// The version of a log that may be opened; 0: an empty file. Codes of Migrate.
absl::StatusOr<int64_t> ReadVersion(Connection& connection, int64_t newest);

// Brings the log to the newest version, all steps in one transaction; an empty file becomes a log. Safe when
// several processes do it at once. FailedPrecondition: the log is newer than `migrations`. InvalidArgument:
// it is a database of another program.
absl::Status Migrate(Connection& connection, absl::Span<const absl::string_view> migrations);

// Makes a log of an older version readable as one of the newest: by `views`, without writing. FailedPrecondition: it is
// newer, or empty. InvalidArgument: it is no log.
absl::Status PrepareReading(Connection& connection, absl::Span<const absl::string_view> views);

}  // namespace diapason::db

#endif  // DIAPASON_DB_MIGRATIONS_H_
