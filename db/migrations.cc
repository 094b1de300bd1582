#include "db/migrations.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "db/column_migration.h"
#include "db/identity_migration.h"
#include "db/migrations_text.h"
#include "proto/base/status_macros.h"

namespace diapason::db {
namespace {

constexpr int64_t kApplicationId = 0x44696170;
constexpr size_t kIdentitiesVersion = 3;  // the version after 0003_identities.sql
constexpr size_t kColumnsVersion = 5;     // the version after 0005_devices_and_claims.sql

absl::StatusOr<int64_t> ReadNumber(Connection& connection, absl::string_view sql) {
  DIAPASON_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(sql));
  DIAPASON_RETURN_IF_ERROR(statement.Step().status());
  return statement.Int(0);
}

absl::Status Apply(Connection& connection, const Migration& migration, const WorkloadIdentity& identity) {
  DIAPASON_RETURN_IF_ERROR(connection.Execute(migration.sql));
  return migration.function == nullptr ? absl::OkStatus() : migration.function(connection, identity);
}

absl::Status ApplySince(Connection& connection, absl::Span<const Migration> migrations,
                        const WorkloadIdentity& identity) {
  const int64_t newest = static_cast<int64_t>(migrations.size());
  DIAPASON_ASSIGN_OR_RETURN(const int64_t version, ReadVersion(connection, newest));
  for (int64_t next = version; next < newest; ++next) {
    DIAPASON_RETURN_IF_ERROR(WithContext(Apply(connection, migrations[next], identity),
                                         absl::StrCat("while migrating to version ", next + 1)));
  }
  return connection.Execute(absl::StrCat("PRAGMA user_version = ", newest));
}

}  // namespace

absl::Span<const Migration> Migrations() {
  static const auto* migrations = [] {
    auto* steps = new std::vector<Migration>();
    for (const absl::string_view text : SqliteMigrationTexts()) steps->push_back({text});
    steps->at(kIdentitiesVersion - 1).function = MigrateIdentities;
    steps->at(kColumnsVersion - 1).function = MigrateColumns;
    return steps;
  }();
  return *migrations;
}

absl::StatusOr<int64_t> ReadVersion(Connection& connection, int64_t newest) {
  // The objects are read first. Another process may be creating this log, and the objects become visible
  // in one commit together with the application's id.
  DIAPASON_ASSIGN_OR_RETURN(const int64_t objects,
                            ReadNumber(connection, "SELECT count(*) FROM sqlite_schema"));
  DIAPASON_ASSIGN_OR_RETURN(const int64_t version, ReadNumber(connection, "PRAGMA user_version"));
  DIAPASON_ASSIGN_OR_RETURN(const int64_t application, ReadNumber(connection, "PRAGMA application_id"));
  if (application != kApplicationId && objects > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(connection.name(), " is a database of another program; give the path of a tuning log"));
  }
  if (version > newest) {
    return absl::FailedPreconditionError(
        absl::StrCat(connection.name(), ": the tuning log has version ", version,
                     ", but this program only knows versions up to ", newest, "; use a newer release"));
  }
  return version;
}

absl::Status Migrate(Connection& connection, absl::Span<const Migration> migrations,
                     const WorkloadIdentity& identity) {
  const int64_t newest = static_cast<int64_t>(migrations.size());
  DIAPASON_ASSIGN_OR_RETURN(const int64_t version, ReadVersion(connection, newest));
  if (version == newest) return absl::OkStatus();
  // The version is read again in the transaction, because another process may have migrated in between.
  DIAPASON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(connection));
  DIAPASON_RETURN_IF_ERROR(ApplySince(connection, migrations, identity));
  return transaction.Commit();
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> ForReading(std::unique_ptr<SqliteConnection> connection,
                                                             absl::Span<const Migration> migrations,
                                                             const WorkloadIdentity& identity) {
  const int64_t newest = static_cast<int64_t>(migrations.size());
  DIAPASON_ASSIGN_OR_RETURN(const int64_t version, ReadVersion(*connection, newest));
  if (version == newest) return connection;
  if (version == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(connection->name(), ": the tuning log is empty; run diapason tune first"));
  }
  DIAPASON_ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> copy, connection->CopyToMemory());
  DIAPASON_RETURN_IF_ERROR(
      WithContext(Migrate(*copy, migrations, identity), absl::StrCat("while reading version ", version)));
  DIAPASON_RETURN_IF_ERROR(copy->Execute("PRAGMA query_only = ON"));
  return copy;
}

}  // namespace diapason::db
