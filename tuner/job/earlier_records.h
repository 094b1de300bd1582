// What the log knows of a job's tasks before its run begins: what earlier servers did for this job, and what
// earlier jobs measured on the same target.
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

// Tells the states and the searches of `tasks` about their records, which are those with the job's number of
// threads. This job's own records count for its budget. Those of other jobs compete and are learnt from if
// the same version of the back end and the same measuring protocol made them. Returns the reference of their
// times, which the job's own trials must share. The errors are those of the store.
absl::StatusOr<SpeedReference> ReadEarlierRecords(const RunContext& context,
                                                  absl::Span<const std::unique_ptr<JobTask>> tasks);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_EARLIER_RECORDS_H_
