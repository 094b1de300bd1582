// The one place that sees SQLite's C API: handles that close themselves, prepared statements kept by text,
// result codes as Status. Not thread-safe: one connection is used by one thread at a time.
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

// A prepared statement in use. Given back to its connection, reset, when it goes out of scope; the connection
// outlives it, and no second one of the same text is in use meanwhile.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  ~Statement();

  // The next parameter, from the left. Texts and blobs are copied.
  Statement& BindText(absl::string_view value);
  Statement& BindBlob(absl::string_view value);
  Statement& BindInt(int64_t value);
  Statement& BindReal(double value);
  Statement& BindNull();

  // True: a row is there to read. False: that was all.
  absl::StatusOr<bool> Step();
  // Steps to the end.
  absl::Status Run();

  // Columns of the present row, from 0.
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

// Codes of all calls: those of record_store.h; AlreadyExists: a key is taken; NotFound: a foreign key has no
// row.
class Connection {
 public:
  // `path` may be ":memory:". Waits up to 10 s where another process holds the lock.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path, OpenMode mode);
  ~Connection();

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Statements without parameters and results.
  absl::Status Execute(absl::string_view sql);
  absl::StatusOr<Statement> Prepare(absl::string_view sql);

  // A new connection to a database in memory that has all that this one has now. The file may change
  // afterwards.
  absl::StatusOr<std::unique_ptr<Connection>> CopyToMemory();

  const std::string& path() const { return path_; }  // of a copy in memory: the original's

 private:
  friend class Statement;
  Connection(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  static absl::StatusOr<std::unique_ptr<Connection>> OpenOnce(const std::string& path, OpenMode mode,
                                                              absl::string_view uri_options);
  // Waits for other connections itself: SQLite does not call its busy handler here.
  absl::Status SwitchToWal();
  absl::Status ToStatus(int code) const;
  absl::Status FaultOf(int code) const;  // of the log itself: codes that no constraint of the schema gives
  std::string Message() const;           // of the last call that failed

  const std::string path_;
  sqlite3* const handle_;
  absl::flat_hash_map<std::string, sqlite3_stmt*> statements_;
};

// Writes that become durable together. Whatever was not committed when it goes out of scope is undone. The
// connection outlives it, and has one transaction at a time.
class Transaction {
 public:
  // Takes the write lock at once, so that what is read inside stays true until the end.
  static absl::StatusOr<Transaction> Begin(Connection& connection);
  Transaction(Transaction&& other) noexcept;
  ~Transaction();

  // OK: all is on disk. Call it once, with no statement in use.
  absl::Status Commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}

  Connection* connection_;  // null: over
};

}  // namespace diapason::db

#endif  // DIAPASON_DB_SQLITE_H_
