// The engine SQLite. Only this file and sqlite.cc use its C API.
#ifndef DIAPASON_DB_SQLITE_H_
#define DIAPASON_DB_SQLITE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "db/record_store.h"
#include "db/sql_connection.h"

struct sqlite3;

namespace diapason::db {

// A connection to one file, whose path is its name, or to a database in memory.
class SqliteConnection : public Connection {
 public:
  // Opens a database. `path` may be ":memory:". Waits up to 10 s if another process holds the lock.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path, OpenMode mode);
  ~SqliteConnection() override;

  absl::Status Execute(absl::string_view sql) override;
  absl::Status Begin() override { return Execute("BEGIN IMMEDIATE"); }
  absl::Status Commit() override { return Execute("COMMIT"); }
  absl::Status Rollback() override { return Execute("ROLLBACK"); }
  absl::Status Check() override;

  // Returns a new connection to a database in memory, with a copy of everything that this database
  // contains now, and with the same name. Later changes of the file do not affect it.
  absl::StatusOr<std::unique_ptr<SqliteConnection>> CopyToMemory();

  absl::Status ToStatus(int code) const;  // of SQLite's result code

 protected:
  absl::StatusOr<std::unique_ptr<PreparedStatement>> Compile(absl::string_view sql) override;

 private:
  SqliteConnection(std::string path, sqlite3* handle) : Connection(std::move(path)), handle_(handle) {}
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> OpenOnce(const std::string& path, OpenMode mode,
                                                                    absl::string_view uri_options);
  // Sets the WAL mode. It waits for other connections in a loop, because SQLite does not call its busy
  // handler here.
  absl::Status SwitchToWal();
  absl::Status FaultOf(int code) const;  // an error of the log itself, not of a constraint
  std::string Message() const;           // what SQLite says about the last call that failed

  sqlite3* const handle_;
};

}  // namespace diapason::db

#endif  // DIAPASON_DB_SQLITE_H_
