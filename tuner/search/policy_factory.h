// Makes search policies.
#ifndef DIAPASON_TUNER_SEARCH_POLICY_FACTORY_H_
#define DIAPASON_TUNER_SEARCH_POLICY_FACTORY_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "compiler/space/search_space.h"
#include "costmodel/cost_model.h"
#include "tuner/search/search_policy.h"
#include "tuner/search/task_cost.h"

namespace diapason::tuner {

// What a search policy may use besides the space.
struct SearchOptions {
  uint64_t rng_seed = 0;  // of the policy's random numbers; equal seeds give equal searches

  // Proposed right after the default schedule. They are schedules that were good for this workload on
  // other targets, or for similar workloads on this one. Configs that are not legal in this space are left
  // out.
  std::vector<compiler::space::ScheduleConfig> initial_schedules;

  TaskCost cost;  // converts the costs of sketches to times

  // Corrects these times by what other tasks have shown. Null if nothing is known. A model that fails, or
  // that was trained on other features, is not used.
  std::shared_ptr<const costmodel::CostModel> model;
};

// Returns a policy that tries the schedules with the least predicted times and learns from each trial.
// `space` must outlive the policy.
std::unique_ptr<SearchPolicy> NewModelPolicy(const compiler::space::SearchSpace& space,
                                             SearchOptions options);

// Returns a policy that draws at random, the baseline for the other. It uses only `rng_seed` and
// `initial_schedules` of `options`. `space` must outlive the policy.
std::unique_ptr<SearchPolicy> NewRandomPolicy(const compiler::space::SearchSpace& space,
                                              SearchOptions options);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_POLICY_FACTORY_H_
