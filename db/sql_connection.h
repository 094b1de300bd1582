// SQL as the log uses it, whichever engine stores the log. Handles close themselves, prepared statements
// are kept and used again, and the engine's errors become Status. Not thread-safe: only one thread at a
// time may use a connection.
//
// All texts are in the SQL that SQLite and PostgreSQL have in common, with one function of our own:
// `unix_us()` is the time in microseconds since 1970. Parameters are `?`, or `?1`, `?2`,
// ... where one is used several times.
#ifndef DIAPASON_DB_SQL_CONNECTION_H_
#define DIAPASON_DB_SQL_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::db {

// A statement that an engine has prepared. Only engines and Statement use it. Parameters are counted from
// 1 and columns from 0.
class PreparedStatement {
 public:
  virtual ~PreparedStatement() = default;

  virtual void BindText(int parameter, absl::string_view value) = 0;
  virtual void BindBlob(int parameter, absl::string_view value) = 0;
  virtual void BindInt(int parameter, int64_t value) = 0;
  virtual void BindReal(int parameter, double value) = 0;
  virtual void BindNull(int parameter) = 0;

  virtual absl::StatusOr<bool> Step() = 0;
  virtual int64_t Changes() const = 0;
  virtual std::string Bytes(int column) const = 0;  // of a text or of a blob; empty for NULL
  virtual int64_t Int(int column) const = 0;
  virtual double Real(int column) const = 0;

  // Forgets the rows and the values of the parameters.
  virtual void Reset() = 0;
};

// A prepared statement in use. When it goes out of scope, it is reset and returned to its connection,
// which must outlive it. Two statements with the same text must not be in use at the same time.
class Statement {
 public:
  explicit Statement(PreparedStatement& prepared) : prepared_(&prepared) {}
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
  absl::StatusOr<bool> Step() { return prepared_->Step(); }
  // Executes the statement to its end.
  absl::Status Run();
  // Returns how many rows the statement, which has run, has inserted, updated or deleted.
  int64_t Changes() const { return prepared_->Changes(); }

  // Return a column of the present row. Columns are counted from 0. A condition is 0 or 1.
  std::string Text(int column) const { return prepared_->Bytes(column); }
  std::string Blob(int column) const { return prepared_->Bytes(column); }
  int64_t Int(int column) const { return prepared_->Int(column); }
  double Real(int column) const { return prepared_->Real(column); }

 private:
  PreparedStatement* prepared_;  // null: moved from
  int parameter_ = 0;
};

// A connection to one database. All calls return the errors of record_store.h. They also return
// AlreadyExists if a key is already used, and NotFound if a foreign key refers to no row.
class Connection {
 public:
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Executes statements that have no parameters and return no rows.
  virtual absl::Status Execute(absl::string_view sql) = 0;
  // Returns a statement that is ready for its parameters.
  absl::StatusOr<Statement> Prepare(absl::string_view sql);

  // Transaction calls these three. Begin waits until no other transaction is open, so that nobody else
  // changes what this one reads.
  virtual absl::Status Begin() = 0;
  virtual absl::Status Commit() = 0;
  virtual absl::Status Rollback() = 0;

  // Reads the whole database. DataLoss: it is damaged.
  virtual absl::Status Check() = 0;

  // The database in messages, e.g. the path of its file. It contains no password.
  const std::string& name() const { return name_; }

 protected:
  explicit Connection(std::string name) : name_(std::move(name)) {}
  virtual absl::StatusOr<std::unique_ptr<PreparedStatement>> Compile(absl::string_view sql) = 0;
  // An engine whose prepared statements need its handle calls this before it closes the handle.
  void ForgetStatements() { statements_.clear(); }

 private:
  const std::string name_;
  absl::flat_hash_map<std::string, std::unique_ptr<PreparedStatement>> statements_;
};

// A transaction: its writes become durable together. If it goes out of scope without a commit, it is
// rolled back. The connection must outlive it and can have only one transaction at a time.
class Transaction {
 public:
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

#endif  // DIAPASON_DB_SQL_CONNECTION_H_
