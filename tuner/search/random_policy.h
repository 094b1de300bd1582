// Proposes the initial schedules and then random ones, without repetition. It is the baseline that a
// policy with a cost model has to improve on.
#ifndef DIAPASON_TUNER_SEARCH_RANDOM_POLICY_H_
#define DIAPASON_TUNER_SEARCH_RANDOM_POLICY_H_

#include <random>
#include <vector>

#include "tuner/search/policy_factory.h"
#include "tuner/search/untried_configs.h"

namespace diapason::tuner {

class RandomPolicy : public SearchPolicy {
 public:
  RandomPolicy(const compiler::space::SearchSpace& space, const SearchOptions& options)
      : space_(space), untried_(space, options.initial_schedules), random_(options.rng_seed) {}

  std::vector<Proposal> Suggest(int count) override;
  void Observe(absl::Span<const Observation> observations) override;
  double OptimisticUs() override { return 0; }

 private:
  const compiler::space::SearchSpace& space_;
  UntriedConfigs untried_;
  std::mt19937_64 random_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_RANDOM_POLICY_H_
