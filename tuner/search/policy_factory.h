// Makes search policies.
#ifndef DIAPASON_TUNER_SEARCH_POLICY_FACTORY_H_
#define DIAPASON_TUNER_SEARCH_POLICY_FACTORY_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "compiler/space/search_space.h"
#include "costmodel/cost_model.h"
#include "tuner/search/search_policy.h"

namespace diapason::tuner {

struct SearchOptions {
  uint64_t rng_seed = 0;

  // Proposed right after the default schedule: what was good for this workload on other targets, or for near
  // workloads on this one. Points that are not legal here are left out.
  std::vector<compiler::space::ScheduleConfig> initial_schedules;

  // Measured schedules of other tasks, most related first, for the cost model to begin with. Groups with rows
  // of another length are left out, and of the others so much is used as keeps learning fast (learner.cc).
  std::vector<costmodel::Group> related;

  // Share of candidates drawn at random whatever the cost model says.
  double random_share = 0.1;

  // Spaces of at most so many schedules are ranked whole; it costs about 0.4 KB and 2 us each.
  int64_t enumeration_limit = 60'000;
};

// Ranks the whole space where it is small enough, and evolves a population where it is not. `space` outlives
// the policy.
std::unique_ptr<SearchPolicy> NewSearchPolicy(const compiler::space::SearchSpace& space,
                                              std::unique_ptr<costmodel::CostModel> model,
                                              SearchOptions options);

// Draws at random: the baseline. Uses `rng_seed` and `initial_schedules` only.
std::unique_ptr<SearchPolicy> NewRandomPolicy(const compiler::space::SearchSpace& space,
                                              SearchOptions options);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_POLICY_FACTORY_H_
