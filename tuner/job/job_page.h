// Divides a list of jobs into pages that each fit into one message. A pure function.
#ifndef DIAPASON_TUNER_JOB_JOB_PAGE_H_
#define DIAPASON_TUNER_JOB_JOB_PAGE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::tuner {

// Fills `response` with as many of `jobs` (newest first) as fit, starting after the job `before`, or with
// the newest job if `before` is empty. Returns NotFound if there is no job `before`.
absl::Status PageOfJobs(absl::Span<const v1::JobStatus> jobs, const std::string& before,
                        v1::ListJobsResponse& response);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_PAGE_H_
