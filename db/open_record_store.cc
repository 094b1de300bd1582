#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "db/log_fault.h"
#include "db/record_store.h"
#include "db/sqlite_record_store.h"
#include "proto/base/status_macros.h"

namespace diapason::db {

absl::StatusOr<std::string> PathOfLog(const std::string& url) {
  absl::string_view path = url;
  if (absl::ConsumePrefix(&path, "sqlite:") && !path.empty()) return std::string(path);
  return absl::InvalidArgumentError(
      absl::StrCat("'", url, "' is not the address of a tuning log; write sqlite:PATH"));
}

absl::StatusOr<std::unique_ptr<RecordStore>> OpenRecordStore(const std::string& url, OpenMode mode,
                                                             const WorkloadIdentity& identity) {
  DIAPASON_ASSIGN_OR_RETURN(const std::string path, PathOfLog(url));
  auto store = SqliteRecordStore::Open(path, mode, identity);
  if (!store.ok()) return LogFault(store.status());
  return store;
}

}  // namespace diapason::db
