// A policy for spaces that can be enumerated. It ranks all legal schedules each time the cost model has
// been fitted.
#ifndef DIAPASON_TUNER_SEARCH_RANKED_POLICY_H_
#define DIAPASON_TUNER_SEARCH_RANKED_POLICY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tuner/search/guided_policy.h"

namespace diapason::tuner {

class RankedPolicy : public GuidedPolicy {
 public:
  RankedPolicy(const compiler::space::SearchSpace& space, std::unique_ptr<costmodel::CostModel> model,
               SearchOptions options);

 protected:
  void Rerank() override;
  std::optional<Proposal> TakeBest() override;

 private:
  const int64_t limit_;
  std::vector<compiler::space::ScheduleConfig> configs_;  // all legal ones; filled at the first ranking
  std::vector<std::vector<float>> rows_;                  // one for each config
  std::vector<int32_t> order_;                            // indices of the best ranked configs, best first
  size_t next_ = 0;                                       // position in order_
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_RANKED_POLICY_H_
