#include "tuner/search/policy_factory.h"

#include <utility>

#include "tuner/search/evolutionary_policy.h"
#include "tuner/search/random_policy.h"
#include "tuner/search/ranked_policy.h"

namespace diapason::tuner {

std::unique_ptr<SearchPolicy> NewSearchPolicy(const compiler::space::SearchSpace& space,
                                              std::unique_ptr<costmodel::CostModel> model,
                                              SearchOptions options) {
  if (space.Count(options.enumeration_limit + 1) <= options.enumeration_limit) {
    return std::make_unique<RankedPolicy>(space, std::move(model), std::move(options));
  }
  return std::make_unique<EvolutionaryPolicy>(space, std::move(model), std::move(options));
}

std::unique_ptr<SearchPolicy> NewRandomPolicy(const compiler::space::SearchSpace& space,
                                              SearchOptions options) {
  return std::make_unique<RandomPolicy>(space, options);
}

}  // namespace diapason::tuner
