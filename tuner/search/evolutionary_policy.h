// A policy for spaces that are too large to enumerate. It starts from the fastest observed schedules and
// random ones, improves them by mutation and crossover, and ranks them with the cost model (Zheng et al.,
// "Ansor", 2020, section 5.1, without its program sampler).
#ifndef DIAPASON_TUNER_SEARCH_EVOLUTIONARY_POLICY_H_
#define DIAPASON_TUNER_SEARCH_EVOLUTIONARY_POLICY_H_

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "tuner/search/guided_policy.h"

namespace diapason::tuner {

class EvolutionaryPolicy : public GuidedPolicy {
 public:
  using GuidedPolicy::GuidedPolicy;

 protected:
  void Rerank() override;
  std::optional<Proposal> TakeBest() override;

 private:
  struct Ranked {
    Proposal proposal;
    float score;
  };
  std::vector<compiler::space::ScheduleConfig> FirstGeneration();
  std::vector<compiler::space::ScheduleConfig> NextGeneration(const std::vector<Ranked>& parents);

  std::deque<Proposal> queue_;  // the best ranked configs of the last evolution, best first
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_EVOLUTIONARY_POLICY_H_
