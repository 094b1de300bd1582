#include "tuner/job/resume_policy.h"

#include "absl/strings/str_cat.h"

namespace diapason::tuner {

absl::Status MayResume(const db::StoredJob& job) {
  if (job.starts < kMostStarts) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(
      "the tuner-server died ", job.starts,
      " times while it worked on this job, without a new result in between, so the job is not resumed; "
      "what it measured is in the log. To retry, submit it again: `diapason tune` with the same model goes "
      "on from the log. If it has a sketch of your own (--sketch), try without it first"));
}

}  // namespace diapason::tuner
