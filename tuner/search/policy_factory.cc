#include "tuner/search/policy_factory.h"

#include <utility>

#include "tuner/search/model_policy.h"
#include "tuner/search/random_policy.h"

namespace diapason::tuner {

std::unique_ptr<SearchPolicy> NewModelPolicy(const compiler::space::SearchSpace& space,
                                             SearchOptions options) {
  return std::make_unique<ModelPolicy>(space, std::move(options));
}

std::unique_ptr<SearchPolicy> NewRandomPolicy(const compiler::space::SearchSpace& space,
                                              SearchOptions options) {
  return std::make_unique<RandomPolicy>(space, options);
}

}  // namespace diapason::tuner
