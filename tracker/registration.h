// Checks whether releases work together. An agent is checked once, when it registers, so that not every
// trial on it must fail.
#ifndef DIAPASON_TRACKER_REGISTRATION_H_
#define DIAPASON_TRACKER_REGISTRATION_H_

#include "absl/status/status.h"
#include "diapason/v1/agent.pb.h"
#include "diapason/v1/trial.pb.h"

namespace diapason::tracker {

// Returns OK if the agent's release works with this tracker's. FailedPrecondition: the two have no version
// of their protocol in common, or the agent cannot load this release's kernels, or it does not know this
// release's measuring protocol. The message says what to install where. InvalidArgument: the call names no
// device or no session.
absl::Status CheckAgent(const v1::SynchronizeRequest& request);

// Returns OK if the devices of this tracker can do the trial. FailedPrecondition: the trial needs another
// measuring protocol or another kernel ABI, because its tuner-server is of another release. The message
// says what to install.
absl::Status CheckTrial(const v1::MeasureRequest& request);

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_REGISTRATION_H_
