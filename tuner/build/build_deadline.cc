#include "tuner/build/build_deadline.h"

#include <algorithm>
#include <vector>

#include "proto/statistics/quantile.h"

namespace diapason::tuner {
namespace {

constexpr size_t kWindow = 64;  // builds of each kind that are remembered

}  // namespace

void BuildDeadline::Add(v1::Optimization kind, absl::Duration took) {
  std::deque<double>& recent = recent_seconds_[kind];
  recent.push_back(absl::ToDoubleSeconds(took));
  if (recent.size() > kWindow) recent.pop_front();
}

absl::Duration BuildDeadline::Get(v1::Optimization kind) const {
  const std::deque<double>& recent = recent_seconds_[kind];
  if (recent.size() < static_cast<size_t>(options_.min_samples)) return options_.at_start;
  const double median = Median({recent.begin(), recent.end()});
  return std::max(options_.floor, absl::Seconds(options_.factor * median));
}

}  // namespace diapason::tuner
