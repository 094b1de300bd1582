#include "proto/domain/outcome.h"

#include <algorithm>
#include <utility>

namespace diapason {

OutcomeSubject SubjectOf(v1::OutcomeKind kind) {
  switch (kind) {
    case v1::OUTCOME_KIND_OK:
    case v1::OUTCOME_KIND_REJECTED:
    case v1::OUTCOME_KIND_COMPILE_ERROR:
    case v1::OUTCOME_KIND_COMPILE_TIMEOUT:
    case v1::OUTCOME_KIND_LOAD_ERROR:
    case v1::OUTCOME_KIND_WRONG_OUTPUT:
    case v1::OUTCOME_KIND_RUN_ERROR:
    case v1::OUTCOME_KIND_RUN_TIMEOUT:
    case v1::OUTCOME_KIND_CRASHED:
    case v1::OUTCOME_KIND_OUT_OF_MEMORY:
      return OutcomeSubject::kSchedule;
    case v1::OUTCOME_KIND_REFERENCE_FAILED:
      return OutcomeSubject::kReference;
    case v1::OUTCOME_KIND_CANCELLED:
      return OutcomeSubject::kNothing;
    default:
      return OutcomeSubject::kDevice;
  }
}

v1::Outcome MakeOutcome(v1::OutcomeKind kind, std::string message) {
  constexpr size_t kMaxMessage = 2'000;
  std::replace(message.begin(), message.end(), '\n', ' ');
  message.resize(std::min(message.size(), kMaxMessage));
  v1::Outcome outcome;
  outcome.set_kind(kind);
  outcome.set_message(std::move(message));
  return outcome;
}

}  // namespace diapason
