#include "db/postgresql.h"

#include <endian.h>
#include <libpq-fe.h>

#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "db/log_fault.h"
#include "proto/base/status_macros.h"

namespace diapason::db {
namespace {

// The keys of advisory locks. Any two numbers would do that no other program uses in this database.
constexpr absl::string_view kServersKey = "x'44696170737276'::bigint";  // "Diapsrv"
constexpr absl::string_view kWriterKey = "x'44696170777274'::bigint";   // "Diapwrt"

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, FreeResult>;

// Appendix A of PostgreSQL's manual, "Error Codes". The first two characters are the class.
constexpr absl::string_view kLockNotAvailable = "55P03";

// Returns the error code of a failed statement, or nothing if there was no answer.
absl::string_view SqlState(const PGresult* result) {
  const char* const code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return code == nullptr ? "" : code;
}

// The first line of libpq's message; the others are details for the server's administrator.
std::string FirstLine(absl::string_view message) {
  message = absl::StripAsciiWhitespace(message);
  return std::string(message.substr(0, message.find('\n')));
}

// Writes `?` and `?2` as `$1` and `$2`. Quoted texts stay as they are.
std::string WithDollars(absl::string_view sql) {
  std::string text;
  bool quoted = false;
  int next = 0;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'') quoted = !quoted;
    if (sql[i] != '?' || quoted) {
      text.push_back(sql[i]);
    } else if (i + 1 < sql.size() && absl::ascii_isdigit(sql[i + 1])) {
      text.push_back('$');
    } else {
      absl::StrAppend(&text, "$", ++next);
    }
  }
  return text;
}

// Owns the parameters of a connection URI.
struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// Connects with the options of `url`; where it says nothing, with our own limits of time.
absl::StatusOr<PGconn*> Connect(const std::string& url) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(url.c_str(), &error));
  const std::string message = error == nullptr ? "" : FirstLine(error);
  PQfreemem(error);
  if (options == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("the address of the tuning log is not understood: ",
                                                   message, "; write postgresql://USER@HOST:PORT/DATABASE"));
  }
  std::vector<const char*> names = {"application_name", "connect_timeout", "client_encoding",
                                    "tcp_user_timeout", "keepalives_idle", "keepalives_interval"};
  std::vector<const char*> values = {"diapason", "10", "UTF8", "30000", "10", "10"};
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    names.push_back(option->keyword);
    values.push_back(option->val);
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* connection = PQconnectdbParams(names.data(), values.data(), /*expand_dbname=*/0);
  if (connection == nullptr) return absl::ResourceExhaustedError("out of memory");
  return connection;
}

}  // namespace

// The statement is prepared on the server when it first runs, and again after the connection was lost. All
// rows are fetched at once.
class PostgresqlStatement : public PreparedStatement {
 public:
  PostgresqlStatement(PostgresqlConnection& connection, absl::string_view sql)
      : connection_(connection), sql_(WithDollars(sql)), name_(absl::StrCat("s", ++connection.prepared_)) {}

  void BindText(int parameter, absl::string_view value) override { At(parameter) = {true, true, value}; }
  void BindBlob(int parameter, absl::string_view value) override { At(parameter) = {true, true, value}; }
  // A number is sent as text, so that the server converts it to the type that it needs.
  void BindInt(int parameter, int64_t value) override { At(parameter) = {true, false, absl::StrCat(value)}; }
  void BindReal(int parameter, double value) override {
    At(parameter) = {true, false, absl::StrFormat("%.17g", value)};
  }
  void BindNull(int parameter) override { At(parameter) = {}; }

  absl::StatusOr<bool> Step() override {
    if (result_ == nullptr) {
      DIAPASON_RETURN_IF_ERROR(Run());
      row_ = -1;
    }
    return ++row_ < PQntuples(result_.get());
  }
  int64_t Changes() const override {
    int64_t changes = 0;
    return absl::SimpleAtoi(PQcmdTuples(result_.get()), &changes) ? changes : 0;
  }

  std::string Bytes(int column) const override {
    return std::string(PQgetvalue(result_.get(), row_, column), PQgetlength(result_.get(), row_, column));
  }
  int64_t Int(int column) const override {
    const char* value = PQgetvalue(result_.get(), row_, column);
    switch (PQgetlength(result_.get(), row_, column)) {
      case sizeof(int64_t):
        return static_cast<int64_t>(Big64(value));
      case sizeof(int32_t): {
        uint32_t big = 0;
        std::memcpy(&big, value, sizeof big);
        return static_cast<int32_t>(be32toh(big));
      }
      case 1:  // a condition
        return *value;
      default:  // NULL
        return 0;
    }
  }
  double Real(int column) const override {
    if (PQgetlength(result_.get(), row_, column) != sizeof(double)) return 0;  // NULL
    return std::bit_cast<double>(Big64(PQgetvalue(result_.get(), row_, column)));
  }

  void Reset() override {
    result_.reset();
    parameters_.clear();
  }

 private:
  struct Parameter {
    bool given = false;   // false: NULL
    bool binary = false;  // bytes as they are, otherwise text
    std::string value;

    Parameter() = default;
    Parameter(bool is_given, bool is_binary, absl::string_view text)
        : given(is_given), binary(is_binary), value(text) {}
  };

  static uint64_t Big64(const char* bytes) {
    uint64_t big = 0;
    std::memcpy(&big, bytes, sizeof big);
    return be64toh(big);
  }

  Parameter& At(int parameter) {
    if (parameters_.size() < static_cast<size_t>(parameter)) parameters_.resize(parameter);
    return parameters_[parameter - 1];
  }

  absl::Status Run() {
    DIAPASON_RETURN_IF_ERROR(connection_.EnsureConnected());
    PGconn* const handle = connection_.handle_;
    if (session_ != connection_.session_) {
      const Result prepared(PQprepare(handle, name_.c_str(), sql_.c_str(), 0, nullptr));
      DIAPASON_RETURN_IF_ERROR(connection_.ToStatus(prepared.get()));
      session_ = connection_.session_;
    }
    std::vector<const char*> values;
    std::vector<int> lengths, formats;
    for (const Parameter& parameter : parameters_) {
      values.push_back(parameter.given ? parameter.value.c_str() : nullptr);
      lengths.push_back(static_cast<int>(parameter.value.size()));
      formats.push_back(parameter.binary ? 1 : 0);
    }
    Result result(PQexecPrepared(handle, name_.c_str(), static_cast<int>(values.size()), values.data(),
                                 lengths.data(), formats.data(), /*resultFormat=*/1));
    DIAPASON_RETURN_IF_ERROR(connection_.ToStatus(result.get()));
    result_ = std::move(result);
    return absl::OkStatus();
  }

  PostgresqlConnection& connection_;
  const std::string sql_;
  const std::string name_;  // on the server
  int64_t session_ = 0;     // the session in which it was prepared
  std::vector<Parameter> parameters_;
  Result result_;  // null: it has not run
  int row_ = -1;
};

// ---- The connection

absl::StatusOr<std::unique_ptr<PostgresqlConnection>> PostgresqlConnection::Open(const std::string& url,
                                                                                 OpenMode mode) {
  DIAPASON_ASSIGN_OR_RETURN(PGconn* const handle, Connect(url));
  // The name is without the user and the password.
  std::string name = absl::StrCat("postgresql://", PQhost(handle), ":", PQport(handle), "/", PQdb(handle));
  std::unique_ptr<PostgresqlConnection> connection(new PostgresqlConnection(std::move(name), mode, handle));
  if (PQstatus(handle) != CONNECTION_OK) return connection->ConnectionLost();
  DIAPASON_RETURN_IF_ERROR(connection->PrepareSession());
  return connection;
}

PostgresqlConnection::~PostgresqlConnection() { PQfinish(handle_); }

absl::Status PostgresqlConnection::PrepareSession() {
  // Without the processor, libpq prints notices.
  PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
  const absl::string_view access = mode_ == OpenMode::kReadOnly ? "on" : "off";
  const std::string settings = absl::StrCat(
      "SET search_path = diapason; SET statement_timeout = '60s'; SET lock_timeout = '10s'; "
      "SET idle_in_transaction_session_timeout = '60s'; SET synchronous_commit = on; "
      "SET default_transaction_read_only = ",
      access);
  const Result set(PQexec(handle_, settings.c_str()));
  DIAPASON_RETURN_IF_ERROR(ToStatus(set.get()));
  if (mode_ == OpenMode::kServe) {
    // Waits while another server migrates the log.
    const Result lock(
        PQexec(handle_, absl::StrCat("SELECT pg_advisory_lock_shared(", kServersKey, ")").c_str()));
    DIAPASON_RETURN_IF_ERROR(ToStatus(lock.get()));
  }
  is_ready_ = true;
  return absl::OkStatus();
}

absl::Status PostgresqlConnection::ExcludeOtherServers() {
  const std::string take =
      absl::StrCat("SET LOCAL lock_timeout = '2s'; SELECT pg_advisory_xact_lock(", kServersKey, ")");
  const Result lock(PQexec(handle_, take.c_str()));
  if (SqlState(lock.get()) != kLockNotAvailable) return ToStatus(lock.get());
  return LogFault(
      absl::FailedPreconditionError(absl::StrCat("another server uses ", name(), "; end it first")));
}

absl::Status PostgresqlConnection::EnsureConnected() {
  if (in_transaction_) return absl::OkStatus();
  // PQconsumeInput reads what the server has sent meanwhile, e.g. that it ends.
  if (is_ready_ && PQconsumeInput(handle_) == 1 && PQstatus(handle_) == CONNECTION_OK) {
    return absl::OkStatus();
  }
  is_ready_ = false;
  PQreset(handle_);
  if (PQstatus(handle_) != CONNECTION_OK) return ConnectionLost();
  ++session_;
  return PrepareSession();
}

absl::Status PostgresqlConnection::ConnectionLost() const {
  return LogFault(absl::UnavailableError(absl::StrCat("no connection to ", name(), ": ",
                                                      FirstLine(PQerrorMessage(handle_)),
                                                      "; check the server and the address, and try again")));
}

absl::Status PostgresqlConnection::Execute(absl::string_view sql) {
  DIAPASON_RETURN_IF_ERROR(EnsureConnected());
  const Result result(PQexec(handle_, std::string(sql).c_str()));
  return ToStatus(result.get());
}

absl::Status PostgresqlConnection::Begin() {
  DIAPASON_RETURN_IF_ERROR(Execute(absl::StrCat("BEGIN; SELECT pg_advisory_xact_lock(", kWriterKey, ")")));
  in_transaction_ = true;
  return absl::OkStatus();
}

absl::Status PostgresqlConnection::Commit() {
  const Result result(PQexec(handle_, "COMMIT"));
  in_transaction_ = false;
  DIAPASON_RETURN_IF_ERROR(ToStatus(result.get()));
  if (absl::string_view(PQcmdStatus(result.get())) == "COMMIT") return absl::OkStatus();
  return absl::InternalError(absl::StrCat(name(), ": a transaction with a failed statement was committed"));
}

absl::Status PostgresqlConnection::Rollback() {
  in_transaction_ = false;
  const Result result(PQexec(handle_, "ROLLBACK"));
  return ToStatus(result.get());
}

absl::Status PostgresqlConnection::Check() {
  for (const absl::string_view table : {"workload", "sketch", "record", "cost_model"}) {
    DIAPASON_ASSIGN_OR_RETURN(Statement read, Prepare(absl::StrCat("SELECT sum(length(body)) FROM ", table)));
    DIAPASON_RETURN_IF_ERROR(read.Step().status());
  }
  DIAPASON_ASSIGN_OR_RETURN(Statement jobs, Prepare("SELECT sum(length(request) + length(status)) FROM job"));
  return jobs.Step().status();
}

absl::StatusOr<std::unique_ptr<PreparedStatement>> PostgresqlConnection::Compile(absl::string_view sql) {
  return std::make_unique<PostgresqlStatement>(*this, sql);
}

absl::Status PostgresqlConnection::ToStatus(const PGresult* result) const {
  const ExecStatusType kind = PQresultStatus(result);  // of null: PGRES_FATAL_ERROR
  if (kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK) return absl::OkStatus();
  const absl::string_view code = SqlState(result);
  if (code.empty()) return ConnectionLost();
  const std::string message =
      absl::StrCat(name(), ": ", FirstLine(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
  if (code == "23505") return absl::AlreadyExistsError(message);    // unique_violation
  if (code == "23503") return absl::NotFoundError(message);         // foreign_key_violation
  if (code == "22021") return absl::InvalidArgumentError(message);  // a text that is not UTF-8
  if (code == "25006" || code == "42501") {  // a read-only transaction, or a missing privilege
    return LogFault(absl::PermissionDeniedError(absl::StrCat("no permission to write ", message)));
  }
  if (code == "53100") {
    return LogFault(absl::UnavailableError(absl::StrCat(message, "; free some space and try again")));
  }
  if (code == kLockNotAvailable) {
    return LogFault(
        absl::UnavailableError(absl::StrCat(name(), " is locked by another process; try again later")));
  }
  // Connections, resources, conflicts, an operator's or a time limit's intervention.
  for (const absl::string_view kinds : {"08", "40", "53", "57"}) {
    if (absl::StartsWith(code, kinds))
      return LogFault(absl::UnavailableError(absl::StrCat(message, "; try again later")));
  }
  if (absl::StartsWith(code, "XX00") && code != "XX000") {  // data_corrupted, index_corrupted
    return LogFault(absl::DataLossError(absl::StrCat(message, "; restore a copy or start a new log")));
  }
  return LogFault(absl::InternalError(absl::StrCat(message, " (SQLSTATE ", code, ")")));
}

}  // namespace diapason::db
