// Proposes the candidates of one task. A policy does no input or output, has no threads and takes its
// random numbers from a seed, so the same calls give the same answers. policy_factory.h makes policies.
#ifndef DIAPASON_TUNER_SEARCH_SEARCH_POLICY_H_
#define DIAPASON_TUNER_SEARCH_SEARCH_POLICY_H_

#include <vector>

#include "absl/types/span.h"
#include "tuner/search/candidate.h"

namespace diapason::tuner {

class SearchPolicy {
 public:
  virtual ~SearchPolicy() = default;

  // Returns up to `count` legal configs that were neither proposed nor observed before. If it returns
  // fewer, the space is exhausted.
  virtual std::vector<Proposal> Suggest(int count) = 0;

  // Learns how long schedules took. They need not come from this policy: earlier records of the same task
  // are observed, too.
  virtual void Observe(absl::Span<const Observation> observations) = 0;

  // Returns the least time in microseconds that an untried schedule may well have, infinity if all schedules
  // were tried, or 0 if the policy cannot say it (yet).
  virtual double OptimisticUs() = 0;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_SEARCH_POLICY_H_
