// Whether a server that starts goes on with a job that an earlier server left under way.
//
// A job can bring down its server, for example by a sketch that crashes the tracer, and would do it again at
// every start. So the log counts how often a job was begun (db::StoredJob::starts). The count goes up before
// a server does anything for the job, and back to zero when the job stores a new result and when a server is
// shut down in an orderly way: what is left are the starts after which the server died without anything to
// show for it.
#ifndef DIAPASON_TUNER_JOB_RESUME_POLICY_H_
#define DIAPASON_TUNER_JOB_RESUME_POLICY_H_

#include "absl/status/status.h"
#include "db/record_store.h"

namespace diapason::tuner {

// Starts without a result after which a job is not begun again.
inline constexpr int kMostStarts = 2;

// OK, or Aborted: why the job is not resumed, and how to retry; for its status.
absl::Status MayResume(const db::StoredJob& job);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_RESUME_POLICY_H_
