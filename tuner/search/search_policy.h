// Proposes candidates of one task. No I/O, no threads, seeded: the same calls give the same answers.
// Made by tuner/search/policy_factory.h.
#ifndef DIAPASON_TUNER_SEARCH_SEARCH_POLICY_H_
#define DIAPASON_TUNER_SEARCH_SEARCH_POLICY_H_

#include <vector>

#include "absl/types/span.h"
#include "compiler/space/schedule_space.h"

namespace diapason::tuner {

struct Observation {
  compiler::Point point;
  double time_us = 0;  // infinity: the schedule failed
};

class SearchPolicy {
 public:
  virtual ~SearchPolicy() = default;

  // Up to `count` legal points, none proposed or observed before. Fewer, or none: the space is exhausted.
  virtual std::vector<compiler::Point> Suggest(int count) = 0;

  // Results of points, suggested by this policy or not (earlier records of the same task).
  virtual void Observe(absl::Span<const Observation> observations) = 0;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_SEARCH_POLICY_H_
