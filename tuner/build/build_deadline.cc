#include "tuner/build/build_deadline.h"

#include <algorithm>
#include <vector>

namespace diapason::tuner {
namespace {

constexpr size_t kWindow = 64;

}  // namespace

void BuildDeadline::Add(v1::Optimization kind, absl::Duration took) {
  std::deque<absl::Duration>& recent = recent_[kind];
  recent.push_back(took);
  if (recent.size() > kWindow) recent.pop_front();
}

absl::Duration BuildDeadline::Get(v1::Optimization kind) const {
  const std::deque<absl::Duration>& recent = recent_[kind];
  if (recent.size() < static_cast<size_t>(options_.min_samples)) return options_.at_start;
  std::vector<absl::Duration> sorted(recent.begin(), recent.end());
  const auto middle = sorted.begin() + static_cast<ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return std::max(options_.floor, options_.factor * *middle);
}

}  // namespace diapason::tuner
