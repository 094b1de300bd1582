#include "tuner/search/random_policy.h"

#include <optional>
#include <utility>

namespace diapason::tuner {

std::vector<compiler::Point> RandomPolicy::Suggest(int count) {
  std::vector<compiler::Point> points;
  while (static_cast<int>(points.size()) < count) {
    std::optional<compiler::Point> point = untried_.TakeOpening();
    if (!point.has_value()) point = untried_.TakeRandom(random_);
    if (!point.has_value()) break;
    points.push_back(*std::move(point));
  }
  return points;
}

void RandomPolicy::Observe(absl::Span<const Observation> observations) {
  for (const Observation& observation : observations) untried_.Take(observation.point);
}

}  // namespace diapason::tuner
