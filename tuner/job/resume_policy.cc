#include "tuner/job/resume_policy.h"

#include "absl/strings/str_cat.h"

namespace diapason::tuner {

absl::Status MayResume(const db::StoredJob& job) {
  if (job.starts < kMaxStarts) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(
      "the tuner-server died ", job.starts,
      " times while it worked on this job, without a new result in between, so the job is not resumed; "
      "the log has what it measured. To retry, submit it again: `diapason tune` with the same model "
      "continues from the log. If the job uses your own sketch (--sketch), try without it first"));
}

}  // namespace diapason::tuner
