#include "db/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "db/log_fault.h"
#include "proto/base/status_macros.h"

namespace diapason::db {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

// Returns why a file could not be opened. If a file may not be written, SQLite tries to open it for
// reading, so `system_errno` may belong to that second attempt.
absl::Status CannotOpen(const std::string& path, OpenMode mode, int system_errno) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is a folder; give the path of a file"));
  }
  const auto file = std::filesystem::absolute(path, ignored);
  const auto needed = mode == OpenMode::kReadOnly ? file : file.parent_path();
  if (system_errno != EACCES && !std::filesystem::exists(needed, ignored)) {
    return absl::NotFoundError(absl::StrCat(needed.string(), " does not exist"));
  }
  return absl::PermissionDeniedError(
      absl::StrCat("no permission to open ", path, " or to create files next to it"));
}

// Returns a path as the path of a URI. Characters that have a meaning there are escaped.
std::string UriPath(absl::string_view path) {
  std::string uri;
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      absl::StrAppend(&uri, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    } else {
      uri.push_back(c);
    }
  }
  return uri;
}

// The SQL function unix_us().
void SetUnixUs(sqlite3_context* context, int, sqlite3_value**) {
  sqlite3_result_int64(context, absl::ToUnixMicros(absl::Now()));
}

class SqliteStatement : public PreparedStatement {
 public:
  SqliteStatement(const SqliteConnection& connection, sqlite3* database, sqlite3_stmt* handle)
      : connection_(connection), database_(database), handle_(handle) {}
  ~SqliteStatement() override { sqlite3_finalize(handle_); }

  void BindText(int parameter, absl::string_view value) override {
    sqlite3_bind_text64(handle_, parameter, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  void BindBlob(int parameter, absl::string_view value) override {
    sqlite3_bind_blob64(handle_, parameter, value.empty() ? "" : value.data(), value.size(),
                        SQLITE_TRANSIENT);
  }
  void BindInt(int parameter, int64_t value) override { sqlite3_bind_int64(handle_, parameter, value); }
  void BindReal(int parameter, double value) override { sqlite3_bind_double(handle_, parameter, value); }
  void BindNull(int parameter) override { sqlite3_bind_null(handle_, parameter); }

  absl::StatusOr<bool> Step() override {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return connection_.ToStatus(code);
  }
  int64_t Changes() const override { return sqlite3_changes64(database_); }

  std::string Bytes(int column) const override {
    const void* data = sqlite3_column_blob(handle_, column);
    const int size = sqlite3_column_bytes(handle_, column);
    return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
  }
  int64_t Int(int column) const override { return sqlite3_column_int64(handle_, column); }
  double Real(int column) const override { return sqlite3_column_double(handle_, column); }

  void Reset() override {
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
  }

 private:
  const SqliteConnection& connection_;
  sqlite3* const database_;
  sqlite3_stmt* const handle_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path,
                                                                         OpenMode mode) {
  auto connection = OpenOnce(path, mode, "");
  if (connection.ok() || mode != OpenMode::kReadOnly) return connection;
  // A reader creates a -shm file next to the log. If the permissions of the folder do not allow that, and
  // no writer has left a -wal file, the log is read as a file that does not change.
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored) || std::filesystem::exists(path + "-wal", ignored)) {
    return connection;
  }
  auto immutable = OpenOnce(path, mode, "?immutable=1");
  return immutable.ok() ? std::move(immutable) : std::move(connection);
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::OpenOnce(const std::string& path,
                                                                             OpenMode mode,
                                                                             absl::string_view uri_options) {
  const bool writes = mode != OpenMode::kReadOnly;
  // A reader also opens the file for writing, if the file allows it, and is told below to write nothing.
  // The reason: the last connection that closes removes the -wal and -shm files, and a connection without
  // write access would leave them behind.
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE |
                    (writes ? SQLITE_OPEN_CREATE : 0);
  const std::string name = path == ":memory:" ? path : absl::StrCat("file:", UriPath(path), uri_options);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  if (handle == nullptr) return absl::ResourceExhaustedError("out of memory");
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(path, handle));
  if ((code & 0xff) == SQLITE_CANTOPEN) return CannotOpen(path, mode, sqlite3_system_errno(handle));
  if (code != SQLITE_OK) return connection->ToStatus(code);
  if (writes && sqlite3_db_readonly(handle, "main") == 1) {
    return absl::PermissionDeniedError(absl::StrCat("no permission to write ", path));
  }
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  sqlite3_create_function(handle, "unix_us", 0, SQLITE_UTF8, nullptr, SetUnixUs, nullptr, nullptr);
  if (writes) {
    // WAL: readers and the writer do not block each other. FULL: a commit is on disk when it returns.
    DIAPASON_RETURN_IF_ERROR(connection->SwitchToWal());
    DIAPASON_RETURN_IF_ERROR(connection->Execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"));
  } else {
    DIAPASON_RETURN_IF_ERROR(connection->Execute("PRAGMA query_only = ON"));
  }
  // Only this statement reads the file itself for the first time.
  DIAPASON_RETURN_IF_ERROR(connection->Execute("SELECT count(*) FROM sqlite_schema"));
  return connection;
}

SqliteConnection::~SqliteConnection() {
  ForgetStatements();
  sqlite3_close(handle_);
}

absl::Status SqliteConnection::Execute(absl::string_view sql) {
  return ToStatus(sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr));
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::CopyToMemory() {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(
      ":memory:", &handle, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE, nullptr);
  if (handle == nullptr) return absl::ResourceExhaustedError("out of memory");
  std::unique_ptr<SqliteConnection> copy(new SqliteConnection(name(), handle));
  if (code != SQLITE_OK) return copy->ToStatus(code);
  sqlite3_backup* backup = sqlite3_backup_init(handle, "main", handle_, "main");
  if (backup == nullptr) return copy->ToStatus(sqlite3_extended_errcode(handle));
  sqlite3_backup_step(backup, -1);
  DIAPASON_RETURN_IF_ERROR(copy->ToStatus(sqlite3_backup_finish(backup)));
  return copy;
}

absl::Status SqliteConnection::SwitchToWal() {
  const absl::Time deadline = absl::Now() + absl::Milliseconds(kBusyTimeoutMs);
  while (true) {
    const int code = sqlite3_exec(handle_, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if ((code & 0xff) != SQLITE_BUSY || absl::Now() >= deadline) return ToStatus(code);
    absl::SleepFor(absl::Milliseconds(5));
  }
}

absl::StatusOr<std::unique_ptr<PreparedStatement>> SqliteConnection::Compile(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return ToStatus(code);
  return std::make_unique<SqliteStatement>(*this, handle_, statement);
}

absl::Status SqliteConnection::Check() {
  DIAPASON_ASSIGN_OR_RETURN(Statement check, Prepare("PRAGMA integrity_check(1)"));
  DIAPASON_RETURN_IF_ERROR(check.Step().status());
  const std::string verdict = check.Text(0);
  if (verdict == "ok") return absl::OkStatus();
  return LogFault(
      absl::DataLossError(absl::StrCat(name(), ": ", verdict, "; restore a copy or start a new log")));
}

absl::Status SqliteConnection::ToStatus(int code) const {
  switch (code) {
    case SQLITE_OK:
      return absl::OkStatus();
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
      return absl::AlreadyExistsError(Message());
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return absl::NotFoundError(Message());
    default:
      return LogFault(FaultOf(code));
  }
}

std::string SqliteConnection::Message() const { return absl::StrCat(name(), ": ", sqlite3_errmsg(handle_)); }

absl::Status SqliteConnection::FaultOf(int code) const {
  switch (code) {
    case SQLITE_IOERR_SHORT_READ:
    case SQLITE_IOERR_CORRUPTFS:
    case SQLITE_IOERR_DATA:
      return absl::DataLossError(absl::StrCat(Message(), "; restore a copy or start a new log"));
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(absl::StrCat(name(), " is locked by another process; try again later"));
    case SQLITE_FULL:
      return absl::UnavailableError(
          absl::StrCat(name(), ": the disk is full; free some space and try again"));
    case SQLITE_IOERR:
      return absl::UnavailableError(
          absl::StrCat(Message(), " (", std::generic_category().message(sqlite3_system_errno(handle_)),
                       "); check the disk, its quota and the file-size limit, and try again"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return absl::DataLossError(absl::StrCat(Message(), "; restore a copy or start a new log"));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::PermissionDeniedError(absl::StrCat("no permission to write ", Message()));
    case SQLITE_CANTOPEN:  // the -wal or -shm file; the log itself is already open
      return absl::PermissionDeniedError(absl::StrCat("no permission to create files next to ", name()));
    case SQLITE_NOMEM:
      return absl::ResourceExhaustedError(Message());
    default:
      return absl::InternalError(absl::StrCat(Message(), " (sqlite code ", code, ")"));
  }
}

}  // namespace diapason::db
