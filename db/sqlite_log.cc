#include "db/sqlite_log.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "db/log_lock.h"
#include "db/migrations.h"
#include "db/sql_record_store.h"
#include "db/sqlite.h"
#include "db/stored_jobs.h"
#include "proto/base/status_macros.h"

namespace diapason::db {
namespace {

// Migrates a log of an older version to the newest one, if no process owns it. `connection` is closed and
// opened again, because the lock must be acquired and released while there is no connection.
absl::Status MigrateAsOwner(const std::string& path, int64_t version, const WorkloadIdentity& identity,
                            std::unique_ptr<SqliteConnection>& connection) {
  connection.reset();
  {
    auto lock = LogLock::Acquire(path);
    if (!lock.ok()) {
      return WithContext(lock.status(),
                         absl::StrCat(path, " has version ", version, " and must be migrated to version ",
                                      Migrations().size(), " before this program can write to it"));
    }
    DIAPASON_ASSIGN_OR_RETURN(connection, SqliteConnection::Open(path, OpenMode::kReadWrite));
    const absl::Status status = Migrate(*connection, Migrations(), identity);
    connection.reset();
    DIAPASON_RETURN_IF_ERROR(status);
  }
  DIAPASON_ASSIGN_OR_RETURN(connection, SqliteConnection::Open(path, OpenMode::kReadWrite));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordStore>> OpenSqliteLog(const std::string& path, OpenMode mode,
                                                           const WorkloadIdentity& identity) {
  std::unique_ptr<LogLock> lock;
  if (mode == OpenMode::kServe) {
    auto acquired = LogLock::Acquire(path);
    if (!acquired.ok()) {
      // SQLite gives the better reason why a file cannot be opened.
      if (absl::IsUnavailable(acquired.status())) {
        DIAPASON_RETURN_IF_ERROR(SqliteConnection::Open(path, mode).status());
      }
      return acquired.status();
    }
    lock = *std::move(acquired);
  }
  DIAPASON_ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> connection, SqliteConnection::Open(path, mode));
  if (mode == OpenMode::kReadOnly) {
    DIAPASON_ASSIGN_OR_RETURN(connection, ForReading(std::move(connection), Migrations(), identity));
  } else {
    const auto newest = static_cast<int64_t>(Migrations().size());
    DIAPASON_ASSIGN_OR_RETURN(const int64_t version, ReadVersion(*connection, newest));
    if (lock == nullptr && version > 0 && version < newest) {
      DIAPASON_RETURN_IF_ERROR(MigrateAsOwner(path, version, identity, connection));
    } else {
      DIAPASON_RETURN_IF_ERROR(Migrate(*connection, Migrations(), identity));
    }
  }
  // The process has the log alone, so servers that have claims are dead.
  if (mode == OpenMode::kServe) DIAPASON_RETURN_IF_ERROR(ReleaseAllJobs(*connection));
  return std::make_unique<SqlRecordStore>(std::move(lock), std::move(connection));
}

}  // namespace diapason::db
