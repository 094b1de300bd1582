// Proposes candidates of one task. No I/O, no threads, seeded: the same calls give the same answers.
// Made by tuner/search/policy_factory.h.
#ifndef DIAPASON_TUNER_SEARCH_SEARCH_POLICY_H_
#define DIAPASON_TUNER_SEARCH_SEARCH_POLICY_H_

#include <vector>

#include "absl/types/span.h"
#include "tuner/search/candidate.h"

namespace diapason::tuner {

class SearchPolicy {
 public:
  virtual ~SearchPolicy() = default;

  // Returns up to `count` legal points that were neither proposed nor observed before. Fewer, or none: the
  // space is exhausted.
  virtual std::vector<Proposal> Suggest(int count) = 0;

  // Learns how long schedules took, whether this policy suggested them or not (earlier records of the same
  // task).
  virtual void Observe(absl::Span<const Observation> observations) = 0;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_SEARCH_POLICY_H_
