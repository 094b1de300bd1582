// Whether an agent's release goes with this tracker's: said once, when the agent registers, instead of trial
// by trial.
#ifndef DIAPASON_TRACKER_REGISTRATION_H_
#define DIAPASON_TRACKER_REGISTRATION_H_

#include "absl/status/status.h"
#include "diapason/v1/agent.pb.h"
#include "diapason/v1/trial.pb.h"

namespace diapason::tracker {

// FailedPrecondition: agent and tracker have no version of their protocol in common, or the agent cannot load
// the kernels or measure by the protocol of this release; the message says what to install where.
// InvalidArgument: the call names no device or no session.
absl::Status CheckAgent(const v1::SynchronizeRequest& request);

// FailedPrecondition: the trial wants a measuring protocol, or has kernels of an ABI, that the devices of
// this tracker do not know: its tuner-server is of another release.
absl::Status CheckTrial(const v1::MeasureRequest& request);

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_REGISTRATION_H_
