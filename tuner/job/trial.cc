#include "tuner/job/trial.h"

#include "absl/strings/str_cat.h"
#include "proto/domain/schedule_hash.h"

namespace diapason::tuner {

std::string SearchTrialId(absl::string_view job_id, int task, const v1::Schedule& schedule, int attempt) {
  return absl::StrCat(job_id, ".", task, ".", ScheduleHash(schedule).substr(0, 16), ".", attempt);
}

std::string FinalTrialId(absl::string_view job_id, int task, int threads, int attempt) {
  const std::string on = threads == 1 ? "" : absl::StrCat("-on-", threads);
  return absl::StrCat(job_id, ".", task, ".final", on, ".", attempt);
}

std::string FinalRecordId(absl::string_view final_trial_id, int candidate) {
  return absl::StrCat(final_trial_id, ".", candidate);
}

}  // namespace diapason::tuner
