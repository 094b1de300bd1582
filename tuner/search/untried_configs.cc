#include "tuner/search/untried_configs.h"

#include <algorithm>
#include <utility>

namespace diapason::tuner {
namespace {

// After so many samples in a row that were all taken before, at most about one config in a hundred is
// untried.
constexpr int kMaxRepeatedSamples = 200;

// This is enough for every space that a search can nearly exhaust.
constexpr int64_t kEnumerationLimit = 1'000'000;

}  // namespace

UntriedConfigs::UntriedConfigs(const compiler::space::SearchSpace& space,
                               const std::vector<compiler::space::ScheduleConfig>& initial_schedules)
    : space_(space) {
  initial_.push_back(space.Default());
  for (const compiler::space::ScheduleConfig& config : initial_schedules) {
    if (space.IsLegal(config)) initial_.push_back(config);
  }
}

std::optional<compiler::space::ScheduleConfig> UntriedConfigs::TakeInitial() {
  while (!initial_.empty()) {
    compiler::space::ScheduleConfig config = std::move(initial_.front());
    initial_.pop_front();
    if (Take(config)) return config;
  }
  return std::nullopt;
}

std::optional<compiler::space::ScheduleConfig> UntriedConfigs::TakeRandom(std::mt19937_64& random) {
  if (!nearly_exhausted_) {
    for (int i = 0; i < kMaxRepeatedSamples; ++i) {
      compiler::space::ScheduleConfig config = space_.Sample(random);
      if (Take(config)) return config;
    }
    nearly_exhausted_ = true;
    remaining_ = space_.Enumerate(kEnumerationLimit);
    std::erase_if(remaining_,
                  [this](const compiler::space::ScheduleConfig& config) { return IsTaken(config); });
    std::shuffle(remaining_.begin(), remaining_.end(), random);
  }
  while (!remaining_.empty()) {
    compiler::space::ScheduleConfig config = std::move(remaining_.back());
    remaining_.pop_back();
    if (Take(config)) return config;
  }
  return std::nullopt;
}

}  // namespace diapason::tuner
