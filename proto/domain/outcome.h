// Outcomes of trials: how one is made, and what each kind is about. This is the only place that makes an
// outcome, and the only one that knows whether an outcome concerns the candidate or the infrastructure;
// builder, agent, tracker, job engine and log ask here. Pure functions.
#ifndef DIAPASON_PROTO_DOMAIN_OUTCOME_H_
#define DIAPASON_PROTO_DOMAIN_OUTCOME_H_

#include <string>

#include "absl/strings/string_view.h"
#include "diapason/v1/trial.pb.h"

namespace diapason {

enum class OutcomeSubject {
  // OK, or the candidate failed: the outcome counts for the budget and teaches the cost model.
  kSchedule,
  // The device failed: the outcome counts against its health, and the trial is tried again, on another device
  // first.
  kDevice,
  // The workload's reference fails on the device: no candidate of the workload can be checked there.
  kReference,
  // Nobody wanted the trial any more, and it was not measured.
  kNothing,
};

// A kind that this release does not know is the device's: its agent is of another release.
OutcomeSubject SubjectOf(v1::OutcomeKind kind);

// Whether the outcome is a result of the trial. If not, it concerns the infrastructure: it counts for no
// budget, and nothing is learnt from it.
inline bool IsAboutSchedule(v1::OutcomeKind kind) { return SubjectOf(kind) == OutcomeSubject::kSchedule; }

inline bool IsOk(const v1::Outcome& outcome) { return outcome.kind() == v1::OUTCOME_KIND_OK; }

// An outcome whose message is as Outcome.message wants it, whatever a program or a library said: white space
// becomes single blanks, bytes that are not UTF-8 (which protobuf would refuse to parse) become question
// marks, and what comes after 2,000 bytes is cut off.
v1::Outcome MakeOutcome(v1::OutcomeKind kind, absl::string_view message = "");

// The same outcome, with "context: " before its message.
v1::Outcome WithContext(const v1::Outcome& outcome, absl::string_view context);

// The kind's name in words, e.g. "device_lost".
std::string OutcomeKindWord(v1::OutcomeKind kind);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_OUTCOME_H_
