#include "tuner/search/ranked_policy.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace diapason::tuner {
namespace {

// Only this many configs are sorted, because the next ranking comes long before as many have been tried.
constexpr size_t kSorted = 1024;

}  // namespace

RankedPolicy::RankedPolicy(const compiler::space::SearchSpace& space,
                           std::unique_ptr<costmodel::CostModel> model, SearchOptions options)
    : GuidedPolicy(space, std::move(model), options), limit_(options.enumeration_limit) {}

void RankedPolicy::Rerank() {
  if (configs_.empty()) {
    configs_ = space_.Enumerate(limit_);
    rows_.reserve(configs_.size());
    for (const compiler::space::ScheduleConfig& config : configs_) rows_.push_back(space_.FeatureRow(config));
  }
  const std::vector<float> scores = learner_.Score(rows_);
  order_.resize(configs_.size());
  std::iota(order_.begin(), order_.end(), 0);
  const auto sorted_end = order_.begin() + static_cast<ptrdiff_t>(std::min(kSorted, order_.size()));
  std::partial_sort(order_.begin(), sorted_end, order_.end(), [&](int32_t a, int32_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  });
  order_.erase(sorted_end, order_.end());
  next_ = 0;
}

std::optional<Proposal> RankedPolicy::TakeBest() {
  while (next_ < order_.size()) {
    const int32_t index = order_[next_++];
    if (untried_.Take(configs_[index])) return Proposal{configs_[index], rows_[index]};
  }
  return std::nullopt;
}

}  // namespace diapason::tuner
