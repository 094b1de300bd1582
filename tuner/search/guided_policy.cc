#include "tuner/search/guided_policy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/random/random.h"

namespace diapason::tuner {
namespace {

constexpr size_t kBestKept = 32;      // observations in best_
constexpr int kAnalyticSamples = 32;  // random configs of which TakeByAnalyticCost takes the best

}  // namespace

GuidedPolicy::GuidedPolicy(const compiler::space::SearchSpace& space,
                           std::unique_ptr<costmodel::CostModel> model, SearchOptions options)
    : space_(space),
      untried_(space, options.initial_schedules),
      learner_(std::move(model), std::move(options.related), space.FeatureRow(space.Default()).size()),
      random_(options.rng_seed),
      random_share_(options.random_share) {}

std::vector<Proposal> GuidedPolicy::Suggest(int count) {
  std::vector<Proposal> proposals;
  while (static_cast<int>(proposals.size()) < count) {
    std::optional<compiler::space::ScheduleConfig> config = untried_.TakeInitial();
    if (!config.has_value()) {
      if (learner_.Refresh() && learner_.IsReady()) Rerank();
      if (!absl::Bernoulli(random_, random_share_)) {
        if (learner_.IsReady()) {
          std::optional<Proposal> best = TakeBest();
          if (best.has_value()) {
            proposals.push_back(*std::move(best));
            continue;
          }
        } else {
          config = TakeByAnalyticCost();
        }
      }
    }
    if (!config.has_value()) config = untried_.TakeRandom(random_);
    if (!config.has_value()) break;
    proposals.push_back(WithFeatures(*std::move(config)));
  }
  return proposals;
}

Proposal GuidedPolicy::WithFeatures(compiler::space::ScheduleConfig config) const {
  std::vector<float> row = space_.FeatureRow(config);
  return {std::move(config), std::move(row)};
}

std::optional<compiler::space::ScheduleConfig> GuidedPolicy::TakeByAnalyticCost() {
  std::optional<compiler::space::ScheduleConfig> best;
  float least = std::numeric_limits<float>::infinity();
  for (int i = 0; i < kAnalyticSamples; ++i) {
    compiler::space::ScheduleConfig config = space_.Sample(random_);
    const float cost = space_.AnalyticCost(config);
    if (!(cost < least) || untried_.IsTaken(config)) continue;
    least = cost;
    best = std::move(config);
  }
  if (best.has_value()) untried_.Take(*best);
  return best;
}

void GuidedPolicy::Observe(absl::Span<const Observation> observations) {
  for (const Observation& observation : observations) {
    untried_.Take(observation.config);
    learner_.Add(observation.feature_row, observation.time_us);
    if (!std::isfinite(observation.time_us)) continue;
    const auto place =
        std::upper_bound(best_.begin(), best_.end(), observation.time_us,
                         [](double time_us, const Observation& other) { return time_us < other.time_us; });
    best_.insert(place, observation);
    if (best_.size() > kBestKept) best_.pop_back();
  }
}

}  // namespace diapason::tuner
