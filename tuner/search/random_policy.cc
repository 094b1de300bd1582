#include "tuner/search/random_policy.h"

#include <optional>
#include <utility>

namespace diapason::tuner {

std::vector<Proposal> RandomPolicy::Suggest(int count) {
  std::vector<Proposal> proposals;
  while (static_cast<int>(proposals.size()) < count) {
    std::optional<compiler::space::ScheduleConfig> point = untried_.TakeInitial();
    if (!point.has_value()) point = untried_.TakeRandom(random_);
    if (!point.has_value()) break;
    std::vector<float> row = space_.FeatureRow(*point);
    proposals.push_back({*std::move(point), std::move(row)});
  }
  return proposals;
}

void RandomPolicy::Observe(absl::Span<const Observation> observations) {
  for (const Observation& observation : observations) untried_.Take(observation.point);
}

}  // namespace diapason::tuner
