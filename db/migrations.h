// Versions of the log. Version N is what the first N files of db/migrations make; the file itself says which
// it is (SQLite's user_version). A file that was ever released is never edited: a change is one more file.
#ifndef DIAPASON_DB_MIGRATIONS_H_
#define DIAPASON_DB_MIGRATIONS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "db/sqlite.h"

namespace diapason::db {

// The texts of db/migrations, oldest first.
absl::Span<const absl::string_view> Migrations();

// Brings the log to the newest version, all steps in one transaction; an empty file becomes a log. Safe when
// several processes do it at once. FailedPrecondition: the log is newer than `migrations`. InvalidArgument:
// it is a database of another program.
absl::Status Migrate(Connection& connection, absl::Span<const absl::string_view> migrations);

// OK where the log is of the newest version. FailedPrecondition: it is newer, or older and has to be opened
// for writing once. InvalidArgument: it is no log.
absl::Status CheckVersion(Connection& connection, absl::Span<const absl::string_view> migrations);

}  // namespace diapason::db

#endif  // DIAPASON_DB_MIGRATIONS_H_
