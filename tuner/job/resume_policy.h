// Decides whether a server resumes a job that an earlier server left running.
//
// A job can crash its server, for example with a sketch that crashes the tracer, and would do so again after
// every restart. So the log counts how often a job was started (db::StoredJob::starts). A server increases
// the count before it does anything for the job. The count returns to zero when the job stores a new result
// and when a server is shut down in an orderly way. So the count is the number of starts after which a server
// died without a new result.
#ifndef DIAPASON_TUNER_JOB_RESUME_POLICY_H_
#define DIAPASON_TUNER_JOB_RESUME_POLICY_H_

#include "absl/status/status.h"
#include "db/record_store.h"

namespace diapason::tuner {

// A job with this many starts without a result is not resumed.
inline constexpr int kMaxStarts = 2;

// Returns OK if the job may be resumed. Otherwise returns Aborted with a message for the job's status,
// which says why and how to retry.
absl::Status MayResume(const db::StoredJob& job);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_RESUME_POLICY_H_
