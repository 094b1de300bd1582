// How long each part of a trial may take: the only place that says it. Agent and tracker derive their
// deadlines here, so that the agent always gives up first and says why, and the tracker only where the agent
// does not.
#ifndef DIAPASON_PROTO_DOMAIN_TRIAL_DEADLINES_H_
#define DIAPASON_PROTO_DOMAIN_TRIAL_DEADLINES_H_

#include "absl/time/time.h"
#include "diapason/v1/trial.pb.h"

namespace diapason {

// Of MeasureOptions.timeout_us where it is 0.
inline constexpr absl::Duration kDefaultRunTimeout = absl::Seconds(30);

// Of the reference's run, once for each workload: naive code of a large workload on a slow board.
inline constexpr absl::Duration kReferenceTimeout = absl::Minutes(2);

// Of one artifact's way to the tracker, and from there to the agent: kMaxArtifactBytes at 1 MiB/s, and some
// more.
inline constexpr absl::Duration kFetchTimeout = absl::Minutes(5);

// The submit deadline: how long a tuner-server tries to hand one trial to a tracker that answers but does not
// take it (its queue or its cache is full).
inline constexpr absl::Duration kSubmitDeadline = absl::Minutes(10);

// The run deadline of `request`: how long KernelRunner::Run may take, by the agent's clock. The trial's own
// timeout, the reference before it, and the start and end of both children.
absl::Duration RunDeadline(const v1::MeasureRequest& request);

// The hold deadline of `request`: how long a device may keep the first trial of its queue, by the tracker's
// clock. The run, and before it the artifacts' way.
absl::Duration HoldDeadline(const v1::MeasureRequest& request);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_TRIAL_DEADLINES_H_
