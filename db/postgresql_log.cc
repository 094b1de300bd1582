#include "db/postgresql_log.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "db/log_fault.h"
#include "db/migrations_text.h"
#include "db/postgresql.h"
#include "db/sql_record_store.h"
#include "proto/base/status_macros.h"

namespace diapason::db {
namespace {

int64_t NewestVersion() {
  return kFirstPostgresqlVersion - 1 + static_cast<int64_t>(PostgresqlMigrationTexts().size());
}

// Returns 0 for a database without a log. FailedPrecondition: the log is newer than this program.
absl::StatusOr<int64_t> ReadVersion(PostgresqlConnection& connection) {
  {
    DIAPASON_ASSIGN_OR_RETURN(
        Statement exists,
        connection.Prepare("SELECT count(*) FROM pg_tables WHERE schemaname = 'diapason' AND "
                           "tablename = 'log_version'"));
    DIAPASON_RETURN_IF_ERROR(exists.Step().status());
    if (exists.Int(0) == 0) return 0;
  }
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection.Prepare("SELECT max(version) FROM diapason.log_version"));
  DIAPASON_RETURN_IF_ERROR(select.Step().status());
  const int64_t version = select.Int(0);
  if (version <= NewestVersion()) return version;
  return LogFault(absl::FailedPreconditionError(absl::StrCat(
      connection.name(), ": the tuning log has version ", version,
      ", but this program only knows versions up to ", NewestVersion(), "; use a newer release")));
}

absl::Status Migrate(PostgresqlConnection& connection) {
  DIAPASON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(connection));
  // The version is read in the transaction, because another process may have migrated before it began.
  DIAPASON_ASSIGN_OR_RETURN(const int64_t version, ReadVersion(connection));
  if (version == NewestVersion()) return absl::OkStatus();
  if (version > 0) DIAPASON_RETURN_IF_ERROR(connection.ExcludeOtherServers());
  // Other programs do not wait for a migration longer than for any other statement, but it may take long.
  DIAPASON_RETURN_IF_ERROR(connection.Execute("SET LOCAL statement_timeout = 0"));
  if (version == 0) {
    DIAPASON_RETURN_IF_ERROR(
        connection.Execute("CREATE SCHEMA IF NOT EXISTS diapason; CREATE TABLE log_version (version BIGINT "
                           "NOT NULL PRIMARY KEY)"));
  }
  for (int64_t next = kFirstPostgresqlVersion; next <= NewestVersion(); ++next) {
    if (next <= version) continue;
    DIAPASON_RETURN_IF_ERROR(
        WithContext(connection.Execute(PostgresqlMigrationTexts()[next - kFirstPostgresqlVersion]),
                    absl::StrCat("while migrating to version ", next)));
    DIAPASON_RETURN_IF_ERROR(connection.Execute(absl::StrCat("INSERT INTO log_version VALUES (", next, ")")));
  }
  return transaction.Commit();
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordStore>> OpenPostgresqlLog(const std::string& url, OpenMode mode) {
  DIAPASON_ASSIGN_OR_RETURN(std::unique_ptr<PostgresqlConnection> connection,
                            PostgresqlConnection::Open(url, mode));
  DIAPASON_ASSIGN_OR_RETURN(const int64_t version, ReadVersion(*connection));
  if (version == 0 && mode == OpenMode::kReadOnly) {
    return absl::FailedPreconditionError(
        absl::StrCat(connection->name(), ": the tuning log is empty; run diapason tune first"));
  }
  if (version < NewestVersion()) {
    // Only a server migrates an older log, because another server may rely on its version.
    if (version > 0 && mode != OpenMode::kServe) {
      return absl::FailedPreconditionError(absl::StrCat(
          connection->name(), " has version ", version,
          "; start a tuner-server of this release once, which migrates it to version ", NewestVersion()));
    }
    DIAPASON_RETURN_IF_ERROR(Migrate(*connection));
  }
  return std::make_unique<SqlRecordStore>(/*lock=*/nullptr, std::move(connection));
}

}  // namespace diapason::db
