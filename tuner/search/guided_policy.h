// What policies with a cost model share: the opening, then points that their sketch expects to be fast until
// the cost model is ready, then the best-ranked ones; a share of the proposals is drawn at random. A subclass
// says where the best-ranked ones come from.
#ifndef DIAPASON_TUNER_SEARCH_GUIDED_POLICY_H_
#define DIAPASON_TUNER_SEARCH_GUIDED_POLICY_H_

#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "tuner/search/learner.h"
#include "tuner/search/policy_factory.h"
#include "tuner/search/untried_points.h"

namespace diapason::tuner {

class GuidedPolicy : public SearchPolicy {
 public:
  GuidedPolicy(const compiler::space::SearchSpace& space, std::unique_ptr<costmodel::CostModel> model,
               SearchOptions options);

  std::vector<Proposal> Suggest(int count) override;
  void Observe(absl::Span<const Observation> observations) override;

 protected:
  // The learner's scores have changed; it is ready.
  virtual void Rerank() = 0;

  // Removes and returns the best-ranked untried point, or nullopt if none is known; the caller then samples
  // at random.
  virtual std::optional<Proposal> TakeBest() = 0;

  const compiler::space::SearchSpace& space_;
  UntriedPoints untried_;
  Learner learner_;
  std::mt19937_64 random_;
  std::vector<Observation> best_;  // observed, fastest first, at most kBestKept

 private:
  Proposal WithFeatures(compiler::space::ScheduleConfig point) const;
  // Removes and returns an untried point that its sketch expects to be fast, the best of a few random ones.
  // Nullopt: the sketch states no cost, or none of them is new.
  std::optional<compiler::space::ScheduleConfig> TakeExpected();

  const double random_share_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_GUIDED_POLICY_H_
