#include "tuner/job/job_page.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/domain/message_limits.h"

namespace diapason::tuner {

absl::Status PageOfJobs(absl::Span<const v1::JobStatus> jobs, const std::string& before,
                        v1::ListJobsResponse& response) {
  auto job = jobs.begin();
  if (!before.empty()) {
    job =
        std::find_if(jobs.begin(), jobs.end(), [&](const v1::JobStatus& j) { return j.job_id() == before; });
    if (job == jobs.end()) return absl::NotFoundError(absl::StrCat("there is no job ", before));
    ++job;
  }
  BatchBudget budget;
  for (; job != jobs.end() && budget.Take(*job); ++job) *response.add_jobs() = *job;
  response.set_more(job != jobs.end());
  return absl::OkStatus();
}

}  // namespace diapason::tuner
