// The texts of db/migrations, which the build embeds, so that a program can create a log without any other
// file. A step that was released once is never edited; every change is a new step.
#ifndef DIAPASON_DB_MIGRATIONS_TEXT_H_
#define DIAPASON_DB_MIGRATIONS_TEXT_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace diapason::db {

// db/migrations/sqlite/000N_*.sql, oldest first. Step N leads to version N.
absl::Span<const absl::string_view> SqliteMigrationTexts();

// db/migrations/postgresql/000N_*.sql, oldest first. The first one makes version kFirstPostgresqlVersion.
inline constexpr int kFirstPostgresqlVersion = 5;
absl::Span<const absl::string_view> PostgresqlMigrationTexts();

}  // namespace diapason::db

#endif  // DIAPASON_DB_MIGRATIONS_TEXT_H_
