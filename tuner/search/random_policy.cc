#include "tuner/search/random_policy.h"

#include <optional>
#include <utility>

namespace diapason::tuner {

std::vector<Proposal> RandomPolicy::Suggest(int count) {
  std::vector<Proposal> proposals;
  while (static_cast<int>(proposals.size()) < count) {
    std::optional<compiler::space::ScheduleConfig> config = untried_.TakeInitial();
    if (!config.has_value()) config = untried_.TakeRandom(random_);
    if (!config.has_value()) break;
    std::vector<float> row = space_.FeatureRow(*config);
    proposals.push_back({*std::move(config), std::move(row)});
  }
  return proposals;
}

void RandomPolicy::Observe(absl::Span<const Observation> observations) {
  for (const Observation& observation : observations) untried_.Take(observation.config);
}

}  // namespace diapason::tuner
