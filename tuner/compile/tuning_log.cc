#include "tuner/compile/tuning_log.h"

#include "compiler/workload/workload.h"
#include "proto/base/status_macros.h"
#include "tuner/compile/user_text.h"

namespace diapason::tuner {

absl::StatusOr<std::unique_ptr<db::RecordStore>> OpenTuningLog(const std::string& url, db::OpenMode mode) {
  return db::OpenRecordStore(url, mode, TodaysIdentity);
}

absl::StatusOr<v1::Workload> TodaysIdentity(const v1::Workload& workload) {
  const auto make = [&workload] {
    return compiler::workload::MakeWorkload(workload.text(), workload.summary());
  };
  DIAPASON_RETURN_IF_ERROR(TryToRead(workload.id(), [&make] { return make().status(); }));
  return make();
}

}  // namespace diapason::tuner
