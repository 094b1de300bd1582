// A list of jobs in pages that fit a message. Pure.
#ifndef DIAPASON_TUNER_SERVER_JOB_PAGE_H_
#define DIAPASON_TUNER_SERVER_JOB_PAGE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::tuner {

// Fills in as many of `jobs` (newest first) as fit, beginning behind the job `before`; empty: with the
// newest. NotFound: there is no such job.
absl::Status PageOfJobs(absl::Span<const v1::JobStatus> jobs, const std::string& before,
                        v1::ListJobsResponse& response);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SERVER_JOB_PAGE_H_
