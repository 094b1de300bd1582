// A wrapper of SQLite's C API. Only this file and sqlite.cc use that API. Handles close themselves,
// prepared statements are kept and used again, and result codes become Status. Not thread-safe: only one
// thread at a time may use a connection.
#ifndef DIAPASON_DB_SQLITE_H_
#define DIAPASON_DB_SQLITE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "db/record_store.h"

struct sqlite3;
struct sqlite3_stmt;

namespace diapason::db {

class Connection;

// A prepared statement in use. When it goes out of scope, it is reset and returned to its connection,
// which must outlive it. Two statements with the same text must not be in use at the same time.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  ~Statement();

  // Each call binds the next parameter, from the left. Texts and blobs are copied.
  Statement& BindText(absl::string_view value);
  Statement& BindBlob(absl::string_view value);
  Statement& BindInt(int64_t value);
  Statement& BindReal(double value);
  Statement& BindNull();

  // Executes the statement up to its next row. Returns true if there is a row to read, and false at the
  // end.
  absl::StatusOr<bool> Step();
  // Executes the statement to its end.
  absl::Status Run();

  // Return a column of the present row. Columns are counted from 0.
  std::string Text(int column) const;
  std::string Blob(int column) const;
  int64_t Int(int column) const;
  double Real(int column) const;

 private:
  friend class Connection;
  Statement(Connection& connection, sqlite3_stmt* handle) : connection_(&connection), handle_(handle) {}

  Connection* connection_;
  sqlite3_stmt* handle_;
  int parameter_ = 0;
};

// A connection to one database. All calls return the errors of record_store.h. They also return
// AlreadyExists if a key is already used, and NotFound if a foreign key refers to no row.
class Connection {
 public:
  // Opens a database. `path` may be ":memory:". Waits up to 10 s if another process holds the lock.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path, OpenMode mode);
  ~Connection();

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Executes statements that have no parameters and return no rows.
  absl::Status Execute(absl::string_view sql);
  // Returns a statement that is ready for its parameters.
  absl::StatusOr<Statement> Prepare(absl::string_view sql);

  // Returns a new connection to a database in memory, with a copy of everything that this database
  // contains now. Later changes of the file do not affect it.
  absl::StatusOr<std::unique_ptr<Connection>> CopyToMemory();

  const std::string& path() const { return path_; }  // for a copy in memory, the path of the original

 private:
  friend class Statement;
  Connection(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  static absl::StatusOr<std::unique_ptr<Connection>> OpenOnce(const std::string& path, OpenMode mode,
                                                              absl::string_view uri_options);
  // Sets the WAL mode. It waits for other connections in a loop, because SQLite does not call its busy
  // handler here.
  absl::Status SwitchToWal();
  absl::Status ToStatus(int code) const;
  absl::Status FaultOf(int code) const;  // an error of the log itself, not of a constraint
  std::string Message() const;           // what SQLite says about the last call that failed

  const std::string path_;
  sqlite3* const handle_;
  absl::flat_hash_map<std::string, sqlite3_stmt*> statements_;
};

// A transaction: its writes become durable together. If it goes out of scope without a commit, it is
// rolled back. The connection must outlive it and can have only one transaction at a time.
class Transaction {
 public:
  // Takes the write lock immediately, so that nobody else can change what this transaction has read.
  static absl::StatusOr<Transaction> Begin(Connection& connection);
  Transaction(Transaction&& other) noexcept;
  ~Transaction();

  // If this returns OK, everything is on disk. Call it once, when no statement is in use.
  absl::Status Commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}

  Connection* connection_;  // null: the transaction has ended
};

}  // namespace diapason::db

#endif  // DIAPASON_DB_SQLITE_H_
