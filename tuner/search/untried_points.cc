#include "tuner/search/untried_points.h"

#include <algorithm>
#include <utility>

namespace diapason::tuner {
namespace {

// After so many samples in a row that were all taken before, at most about one point in a hundred is
// untried.
constexpr int kMaxRepeatedSamples = 200;

// This is enough for every space that a search can nearly exhaust.
constexpr int64_t kEnumerationLimit = 1'000'000;

}  // namespace

UntriedPoints::UntriedPoints(const compiler::space::SearchSpace& space,
                             const std::vector<compiler::space::ScheduleConfig>& initial_schedules)
    : space_(space) {
  initial_.push_back(space.Default());
  for (const compiler::space::ScheduleConfig& point : initial_schedules) {
    if (space.IsLegal(point)) initial_.push_back(point);
  }
}

std::optional<compiler::space::ScheduleConfig> UntriedPoints::TakeInitial() {
  while (!initial_.empty()) {
    compiler::space::ScheduleConfig point = std::move(initial_.front());
    initial_.pop_front();
    if (Take(point)) return point;
  }
  return std::nullopt;
}

std::optional<compiler::space::ScheduleConfig> UntriedPoints::TakeRandom(std::mt19937_64& random) {
  if (!nearly_exhausted_) {
    for (int i = 0; i < kMaxRepeatedSamples; ++i) {
      compiler::space::ScheduleConfig point = space_.Sample(random);
      if (Take(point)) return point;
    }
    nearly_exhausted_ = true;
    remaining_ = space_.Enumerate(kEnumerationLimit);
    std::erase_if(remaining_,
                  [this](const compiler::space::ScheduleConfig& point) { return IsTaken(point); });
    std::shuffle(remaining_.begin(), remaining_.end(), random);
  }
  while (!remaining_.empty()) {
    compiler::space::ScheduleConfig point = std::move(remaining_.back());
    remaining_.pop_back();
    if (Take(point)) return point;
  }
  return std::nullopt;
}

}  // namespace diapason::tuner
