#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "db/log_fault.h"
#include "db/postgresql_log.h"
#include "db/record_store.h"
#include "db/sqlite_log.h"

namespace diapason::db {
namespace {

bool IsPostgresql(absl::string_view url) {
  return absl::StartsWith(url, "postgresql://") || absl::StartsWith(url, "postgres://");
}

}  // namespace

absl::Status CheckLogUrl(absl::string_view url) {
  if (IsPostgresql(url) || (absl::StartsWith(url, "sqlite:") && url != "sqlite:")) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "'", url, "' is not the address of a tuning log; write sqlite:PATH or postgresql://HOST/DATABASE"));
}

absl::StatusOr<std::unique_ptr<RecordStore>> OpenRecordStore(const std::string& url, OpenMode mode,
                                                             const WorkloadIdentity& identity) {
  if (const absl::Status status = CheckLogUrl(url); !status.ok()) return status;
  auto store = IsPostgresql(url)
                   ? OpenPostgresqlLog(url, mode)
                   : OpenSqliteLog(std::string(absl::StripPrefix(url, "sqlite:")), mode, identity);
  if (!store.ok()) return LogFault(store.status());
  return store;
}

}  // namespace diapason::db
