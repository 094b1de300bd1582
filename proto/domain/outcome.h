// Outcomes of trials: how one is made, and what each kind is about. The only place that knows whether an outcome is the
// candidate's doing or the infrastructure's; tracker, job engine and log ask here.
#ifndef DIAPASON_PROTO_DOMAIN_OUTCOME_H_
#define DIAPASON_PROTO_DOMAIN_OUTCOME_H_

#include <string>

#include "diapason/v1/trial.pb.h"

namespace diapason {

enum class OutcomeSubject {
  kSchedule,  // OK, or the candidate failed: counts for the budget, and teaches the cost model
  kDevice,  // the device failed: counts against its health; the trial is tried again, on another device first
  kReference,  // the workload's reference fails on the device: no candidate of the workload can be checked there
  kNothing,  // nobody wanted it any more, and it was not measured
};

// A kind that this release does not know is the device's: its agent is of another release.
OutcomeSubject SubjectOf(v1::OutcomeKind kind);

// Whether the outcome is a result of the trial. If not, it counts for no budget and nothing is learnt from it.
inline bool IsAboutSchedule(v1::OutcomeKind kind) { return SubjectOf(kind) == OutcomeSubject::kSchedule; }

inline bool IsOk(const v1::Outcome& outcome) { return outcome.kind() == v1::OUTCOME_KIND_OK; }

// One line of at most 2,000 characters, as Outcome.message wants it.
v1::Outcome MakeOutcome(v1::OutcomeKind kind, std::string message = "");

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_OUTCOME_H_
