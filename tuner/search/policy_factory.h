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

// What a search policy may use besides the space and the cost model.
struct SearchOptions {
  uint64_t rng_seed = 0;  // of the policy's random numbers; equal seeds give equal searches

  // Proposed right after the default schedule. They are schedules that were good for this workload on
  // other targets, or for similar workloads on this one. Configs that are not legal in this space are left
  // out.
  std::vector<compiler::space::ScheduleConfig> initial_schedules;

  // Measured schedules of other tasks, the most related task first. The cost model is fitted to them
  // before this task has observations of its own. Rows of another length are left out, and the number of
  // rows is limited (learner.cc).
  std::vector<costmodel::Group> related;

  // The share of candidates that are drawn at random, whatever the cost model says.
  double random_share = 0.1;

  // A space with at most this many schedules is enumerated and ranked as a whole, which costs about 0.4 KB
  // and 2 us for each schedule.
  int64_t enumeration_limit = 60'000;
};

// Returns a policy that ranks the whole space if it is small enough, and otherwise one that evolves a
// population. `space` must outlive the policy.
std::unique_ptr<SearchPolicy> NewSearchPolicy(const compiler::space::SearchSpace& space,
                                              std::unique_ptr<costmodel::CostModel> model,
                                              SearchOptions options);

// Returns a policy that draws at random, the baseline for the others. It uses only `rng_seed` and
// `initial_schedules` of `options`. `space` must outlive the policy.
std::unique_ptr<SearchPolicy> NewRandomPolicy(const compiler::space::SearchSpace& space,
                                              SearchOptions options);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_POLICY_FACTORY_H_
