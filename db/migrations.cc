#include "db/migrations.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"

namespace diapason::db {
namespace {

constexpr int64_t kApplicationId = 0x44696170;

absl::StatusOr<int64_t> ReadNumber(Connection& connection, absl::string_view sql) {
  DIAPASON_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(sql));
  DIAPASON_RETURN_IF_ERROR(statement.Step().status());
  return statement.Int(0);
}

absl::Status ApplySince(Connection& connection, absl::Span<const absl::string_view> migrations) {
  const int64_t newest = static_cast<int64_t>(migrations.size());
  DIAPASON_ASSIGN_OR_RETURN(const int64_t version, ReadVersion(connection, newest));
  for (int64_t next = version; next < newest; ++next) {
    DIAPASON_RETURN_IF_ERROR(WithContext(connection.Execute(migrations[next]),
                                         absl::StrCat("while migrating to version ", next + 1)));
  }
  return connection.Execute(absl::StrCat("PRAGMA user_version = ", newest));
}

}  // namespace

absl::StatusOr<int64_t> ReadVersion(Connection& connection, int64_t newest) {
  // Objects first: another process may be making this log, and they come with its id in one commit.
  DIAPASON_ASSIGN_OR_RETURN(const int64_t objects,
                            ReadNumber(connection, "SELECT count(*) FROM sqlite_schema"));
  DIAPASON_ASSIGN_OR_RETURN(const int64_t version, ReadNumber(connection, "PRAGMA user_version"));
  DIAPASON_ASSIGN_OR_RETURN(const int64_t application, ReadNumber(connection, "PRAGMA application_id"));
  if (application != kApplicationId && objects > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(connection.path(), " is a database of another program; name another file"));
  }
  if (version > newest) {
    return absl::FailedPreconditionError(absl::StrCat(connection.path(), " is a tuning log of version ",
                                                      version, ", this program knows ", newest,
                                                      "; use a newer diapason"));
  }
  return version;
}

absl::Status Migrate(Connection& connection, absl::Span<const absl::string_view> migrations) {
  const int64_t newest = static_cast<int64_t>(migrations.size());
  DIAPASON_ASSIGN_OR_RETURN(const int64_t version, ReadVersion(connection, newest));
  if (version == newest) return absl::OkStatus();
  // The version is read again inside: another process may have migrated in between.
  DIAPASON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(connection));
  DIAPASON_RETURN_IF_ERROR(ApplySince(connection, migrations));
  return transaction.Commit();
}

absl::Status PrepareReading(Connection& connection, absl::Span<const absl::string_view> views) {
  const int64_t newest = static_cast<int64_t>(views.size()) + 1;
  DIAPASON_ASSIGN_OR_RETURN(const int64_t version, ReadVersion(connection, newest));
  if (version == newest) return absl::OkStatus();
  if (version == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(connection.path(), " is empty: no tuning was logged yet"));
  }
  // Views of this connection alone: in memory, but not allowed while it may only query.
  DIAPASON_RETURN_IF_ERROR(connection.Execute("PRAGMA temp_store = MEMORY; PRAGMA query_only = OFF"));
  DIAPASON_RETURN_IF_ERROR(
      WithContext(connection.Execute(views[version - 1]), absl::StrCat("while reading version ", version)));
  return connection.Execute("PRAGMA query_only = ON");
}

}  // namespace diapason::db
