#include "tuner/job/trial.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "proto/base/content_hash.h"
#include "proto/domain/target_fingerprint.h"

namespace diapason::tuner {

std::string ScheduleKey(const v1::Schedule& schedule) {
  std::string text = schedule.sketch_hash();
  for (const v1::KnobValue& knob : schedule.knobs())
    absl::StrAppend(&text, ";", knob.name(), "=", knob.value());
  return ContentHash(text).substr(0, 16);
}

std::string TaskId(absl::string_view workload_id, const v1::Target& target) {
  return absl::StrCat(workload_id, "-", TargetFingerprint(target));
}

std::string SearchTrialId(absl::string_view job_id, int task, const v1::Schedule& schedule, int attempt) {
  return absl::StrCat(job_id, ".", task, ".", ScheduleKey(schedule), ".", attempt);
}

std::string FinalTrialId(absl::string_view job_id, int task, int attempt) {
  return absl::StrCat(job_id, ".", task, ".final.", attempt);
}

std::string FinalRecordId(absl::string_view final_trial_id, int candidate) {
  return absl::StrCat(final_trial_id, ".", candidate);
}

int AttemptOf(absl::string_view trial_id) {
  const std::vector<absl::string_view> parts = absl::StrSplit(trial_id, '.');
  int attempt = 0;
  return parts.size() >= 4 && absl::SimpleAtoi(parts[3], &attempt) ? attempt : 0;
}

}  // namespace diapason::tuner
