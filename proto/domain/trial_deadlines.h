// How long each part of a trial may take. Agent and tracker both compute their deadlines here. The agent's
// deadline always comes first, so that the agent can say what went wrong. The tracker's deadline is for an
// agent that does not react.
#ifndef DIAPASON_PROTO_DOMAIN_TRIAL_DEADLINES_H_
#define DIAPASON_PROTO_DOMAIN_TRIAL_DEADLINES_H_

#include "absl/time/time.h"
#include "diapason/v1/trial.pb.h"

namespace diapason {

// The run timeout if MeasureOptions.timeout_us is 0.
inline constexpr absl::Duration kDefaultRunTimeout = absl::Seconds(30);

// For the run of the reference, which happens once for each workload. It is naive code and may run for a
// large workload on a slow board.
inline constexpr absl::Duration kReferenceTimeout = absl::Minutes(2);

// For sending one artifact to the tracker, and for sending it from there to the agent. kMaxArtifactBytes
// take a little less at 1 MiB/s.
inline constexpr absl::Duration kFetchTimeout = absl::Minutes(5);

// The submit deadline: how long a tuner-server tries to submit one trial to a tracker that answers but
// does not accept the trial, because its queue or its cache is full.
inline constexpr absl::Duration kSubmitDeadline = absl::Minutes(10);

// The run timeout of a trial: how long its child process may take. Returns MeasureOptions.timeout_us, or
// kDefaultRunTimeout if that is not positive.
absl::Duration RunTimeout(const v1::MeasureOptions& options);

// The run deadline of `request`: how long KernelRunner::Run may take, by the agent's clock. It covers the
// trial's own timeout, the run of the reference before it, and starting and ending both children.
absl::Duration RunDeadline(const v1::MeasureRequest& request);

// The hold deadline of `request`: how long a device may keep the first trial of its queue, by the
// tracker's clock. It covers the run deadline and, before it, fetching the artifacts.
absl::Duration HoldDeadline(const v1::MeasureRequest& request);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_TRIAL_DEADLINES_H_
