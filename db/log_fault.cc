#include "db/log_fault.h"

#include "absl/strings/cord.h"

namespace diapason::db {
namespace {

constexpr char kMark[] = "diapason/log_fault";

}  // namespace

absl::Status LogFault(absl::Status status) {
  status.SetPayload(kMark, absl::Cord());  // has no effect on OK
  return status;
}

bool IsLogFault(const absl::Status& status) { return status.GetPayload(kMark).has_value(); }

}  // namespace diapason::db
