#include "tuner/compile/tuning_log.h"

#include "absl/time/time.h"
#include "compiler/workload/workload.h"
#include "proto/base/status_macros.h"
#include "proto/processes/try_in_child.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kReadTime = absl::Seconds(60);

}  // namespace

absl::StatusOr<std::unique_ptr<db::RecordStore>> OpenTuningLog(const std::string& url, db::OpenMode mode) {
  return db::OpenRecordStore(url, mode, TodaysIdentity);
}

absl::StatusOr<v1::Workload> TodaysIdentity(const v1::Workload& workload) {
  const auto make = [&workload] { return compiler::MakeWorkload(workload.text(), workload.summary()); };
  const absl::Status tried = TryInChild([&make] { return make().status(); }, kReadTime);
  if (absl::IsAborted(tried) || absl::IsDeadlineExceeded(tried)) {
    return absl::InvalidArgumentError(tried.message());
  }
  DIAPASON_RETURN_IF_ERROR(tried);
  return make();
}

}  // namespace diapason::tuner
