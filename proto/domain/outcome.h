// How outcomes are made, and what each kind of outcome is about. Builder, agent, tracker, job engine and
// log all use these functions, so that they agree on whether an outcome concerns the candidate or the
// infrastructure. Pure functions.
#ifndef DIAPASON_PROTO_DOMAIN_OUTCOME_H_
#define DIAPASON_PROTO_DOMAIN_OUTCOME_H_

#include <string>

#include "absl/strings/string_view.h"
#include "diapason/v1/trial.pb.h"

namespace diapason {

// What an outcome says something about.
enum class OutcomeSubject {
  // The candidate, whether it succeeded (OK) or failed. The outcome counts for the budget and teaches the
  // cost model.
  kSchedule,
  // The device. The outcome counts against the device's health, and the trial is tried again, if possible
  // on another device.
  kDevice,
  // The workload's reference, which fails on the device. No candidate of the workload can be checked
  // there.
  kReference,
  // Nothing: nobody wanted the trial any more, so it was not measured.
  kNothing,
};

// Returns what an outcome of this kind is about. A kind that this release does not know is kDevice,
// because the device's agent must be of another release.
OutcomeSubject SubjectOf(v1::OutcomeKind kind);

// Returns whether the outcome is a result of the trial. If not, it concerns the infrastructure: it does
// not count for any budget, and nothing is learnt from it.
inline bool IsAboutSchedule(v1::OutcomeKind kind) { return SubjectOf(kind) == OutcomeSubject::kSchedule; }

// Whether the candidate succeeded.
inline bool IsOk(const v1::Outcome& outcome) { return outcome.kind() == v1::OUTCOME_KIND_OK; }

// Makes an outcome whose message fits Outcome.message, whatever the message contains: white space becomes
// single blanks, bytes that are not valid UTF-8 become question marks (protobuf would refuse to parse
// them), and everything after 2,000 bytes is cut off.
v1::Outcome MakeOutcome(v1::OutcomeKind kind, absl::string_view message = "");

// Returns the same outcome with "context: " before its message.
v1::Outcome WithContext(const v1::Outcome& outcome, absl::string_view context);

// Returns the kind's name in lower case, e.g. "device_lost".
std::string OutcomeKindWord(v1::OutcomeKind kind);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_OUTCOME_H_
