// Reads from the log what is known about a job's tasks before the job runs: the trials of this job under
// earlier servers, and the measurements of earlier jobs on the same target.
#ifndef DIAPASON_TUNER_JOB_EARLIER_RECORDS_H_
#define DIAPASON_TUNER_JOB_EARLIER_RECORDS_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/domain/record_time.h"
#include "tuner/job/job_task.h"
#include "tuner/job/run_context.h"

namespace diapason::tuner {

// Adds the records of each task, as far as they have the job's number of threads, to its state and its
// search. This job's own records count for its budget. Records of other jobs only compete and are learnt
// from, and only if the same back-end version and the same measuring protocol made them. Returns the
// reference to which their times are normalised; the job's own trials must use the same one. Returns the
// errors of the store.
absl::StatusOr<SpeedReference> ReadEarlierRecords(const RunContext& context,
                                                  absl::Span<const std::unique_ptr<JobTask>> tasks);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_EARLIER_RECORDS_H_
