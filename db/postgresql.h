// The engine PostgreSQL. Only this file and postgresql.cc use libpq.
#ifndef DIAPASON_DB_POSTGRESQL_H_
#define DIAPASON_DB_POSTGRESQL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "db/record_store.h"
#include "db/sql_connection.h"

struct pg_conn;
struct pg_result;

namespace diapason::db {

// A connection to one database of a PostgreSQL server. All tables are in the schema `diapason`.
//
// If the server ends or the network is cut, the call under way returns Unavailable, and the next call
// outside of a transaction connects again. Whether a write took effect whose call returned Unavailable is
// then unknown. Every wait has an end: 10 s for a connection or a lock, 60 s for a statement, 30 s for a
// network that does not answer.
class PostgresqlConnection : public Connection {
 public:
  // Connects. `url` is a connection URI of libpq, "postgresql://...". With kServe, the connection says as
  // long as it lives that a server uses the log. InvalidArgument: `url` is not such a URI. Unavailable: no
  // server answers, or it refuses the user or the database.
  static absl::StatusOr<std::unique_ptr<PostgresqlConnection>> Open(const std::string& url, OpenMode mode);
  ~PostgresqlConnection() override;

  absl::Status Execute(absl::string_view sql) override;
  absl::Status Begin() override;
  absl::Status Commit() override;
  absl::Status Rollback() override;
  absl::Status Check() override;

  // Keeps servers from using the log until the open transaction ends. FailedPrecondition: another server
  // uses it.
  absl::Status ExcludeOtherServers();

 protected:
  absl::StatusOr<std::unique_ptr<PreparedStatement>> Compile(absl::string_view sql) override;

 private:
  friend class PostgresqlStatement;
  PostgresqlConnection(std::string name, OpenMode mode, pg_conn* handle)
      : Connection(std::move(name)), mode_(mode), handle_(handle) {}

  // Connects again if the connection was lost and no transaction is open.
  absl::Status EnsureConnected();
  absl::Status PrepareSession();  // sets what every session needs
  absl::Status ConnectionLost() const;
  absl::Status ToStatus(const pg_result* result) const;  // OK if the result is one of a success

  const OpenMode mode_;
  pg_conn* const handle_;
  int64_t session_ = 1;  // counts connections: a prepared statement belongs to one of them
  int64_t prepared_ = 0;  // counts statements, to name them on the server
  bool is_ready_ = false;  // the session is prepared
  bool in_transaction_ = false;
};

}  // namespace diapason::db

#endif  // DIAPASON_DB_POSTGRESQL_H_
