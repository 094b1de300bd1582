// Outcomes of a trial, made in one line.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_OUTCOME_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_OUTCOME_H_

#include <algorithm>
#include <string>

#include "diapason/v1/trial.pb.h"

namespace diapason::device_agent {

// One line of at most 2,000 characters, as Outcome.message wants it.
inline v1::Outcome MakeOutcome(v1::OutcomeKind kind, std::string message = "") {
  constexpr size_t kMaxMessage = 2'000;
  std::replace(message.begin(), message.end(), '\n', ' ');
  message.resize(std::min(message.size(), kMaxMessage));
  v1::Outcome outcome;
  outcome.set_kind(kind);
  outcome.set_message(std::move(message));
  return outcome;
}

inline bool IsOk(const v1::Outcome& outcome) { return outcome.kind() == v1::OUTCOME_KIND_OK; }

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_OUTCOME_H_
