#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "db/log_fault.h"
#include "db/record_store.h"
#include "db/sqlite_record_store.h"

namespace diapason::db {

absl::StatusOr<std::unique_ptr<RecordStore>> OpenRecordStore(const std::string& url, OpenMode mode,
                                                             const WorkloadIdentity& identity) {
  absl::string_view path = url;
  if (!absl::ConsumePrefix(&path, "sqlite:") || path.empty()) {
    return LogFault(absl::InvalidArgumentError(
        absl::StrCat("'", url, "' is not the address of a tuning log; write sqlite:PATH")));
  }
  auto store = SqliteRecordStore::Open(std::string(path), mode, identity);
  if (!store.ok()) return LogFault(store.status());
  return store;
}

}  // namespace diapason::db
