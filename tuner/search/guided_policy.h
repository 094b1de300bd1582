// The common part of the policies with a cost model. They propose the initial schedules first, then configs
// with a low analytic cost until the cost model is ready, and then the configs that it ranks best. A share
// of the proposals is drawn at random. A subclass decides which configs are ranked.
#ifndef DIAPASON_TUNER_SEARCH_GUIDED_POLICY_H_
#define DIAPASON_TUNER_SEARCH_GUIDED_POLICY_H_

#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "tuner/search/learner.h"
#include "tuner/search/policy_factory.h"
#include "tuner/search/untried_configs.h"

namespace diapason::tuner {

class GuidedPolicy : public SearchPolicy {
 public:
  GuidedPolicy(const compiler::space::SearchSpace& space, std::unique_ptr<costmodel::CostModel> model,
               SearchOptions options);

  std::vector<Proposal> Suggest(int count) override;
  void Observe(absl::Span<const Observation> observations) override;

 protected:
  // Called when the cost model has been fitted again and is ready, so that old scores are no longer valid.
  virtual void Rerank() = 0;

  // Removes and returns the best-ranked untried config, or nullopt if none is known; the caller then samples
  // at random.
  virtual std::optional<Proposal> TakeBest() = 0;

  const compiler::space::SearchSpace& space_;
  UntriedConfigs untried_;
  Learner learner_;
  std::mt19937_64 random_;
  std::vector<Observation> best_;  // the fastest observations, fastest first

 private:
  Proposal WithFeatures(compiler::space::ScheduleConfig config) const;
  // Draws a few random configs; removes and returns the untried one with the least analytic cost. Returns
  // nullopt if the sketch states no cost or if none of the configs is untried.
  std::optional<compiler::space::ScheduleConfig> TakeByAnalyticCost();

  const double random_share_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_GUIDED_POLICY_H_
