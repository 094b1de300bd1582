#include "db/sql_connection.h"

#include <utility>

#include "proto/base/status_macros.h"

namespace diapason::db {

Statement::Statement(Statement&& other) noexcept
    : prepared_(std::exchange(other.prepared_, nullptr)), parameter_(other.parameter_) {}

Statement::~Statement() {
  if (prepared_ != nullptr) prepared_->Reset();
}

Statement& Statement::BindText(absl::string_view value) {
  prepared_->BindText(++parameter_, value);
  return *this;
}

Statement& Statement::BindBlob(absl::string_view value) {
  prepared_->BindBlob(++parameter_, value);
  return *this;
}

Statement& Statement::BindInt(int64_t value) {
  prepared_->BindInt(++parameter_, value);
  return *this;
}

Statement& Statement::BindReal(double value) {
  prepared_->BindReal(++parameter_, value);
  return *this;
}

Statement& Statement::BindNull() {
  prepared_->BindNull(++parameter_);
  return *this;
}

absl::Status Statement::Run() {
  while (true) {
    DIAPASON_ASSIGN_OR_RETURN(const bool row, Step());
    if (!row) return absl::OkStatus();
  }
}

absl::StatusOr<Statement> Connection::Prepare(absl::string_view sql) {
  auto entry = statements_.find(sql);
  if (entry == statements_.end()) {
    DIAPASON_ASSIGN_OR_RETURN(std::unique_ptr<PreparedStatement> prepared, Compile(sql));
    entry = statements_.emplace(sql, std::move(prepared)).first;
  }
  return Statement(*entry->second);
}

absl::StatusOr<Transaction> Transaction::Begin(Connection& connection) {
  DIAPASON_RETURN_IF_ERROR(connection.Begin());
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

// After some errors, e.g. a full disk, the engine has rolled back already. Then Rollback returns an error,
// which does not matter.
Transaction::~Transaction() {
  if (connection_ != nullptr) connection_->Rollback().IgnoreError();
}

absl::Status Transaction::Commit() {
  const absl::Status status = connection_->Commit();
  if (status.ok()) connection_ = nullptr;
  return status;
}

}  // namespace diapason::db
