#include "tests/testing/synthetic_space.h"

#include <algorithm>
#include <cmath>

#include "absl/random/random.h"

namespace diapason::testing {
namespace {

constexpr int kKnobs = 5;

}  // namespace

bool SyntheticSpace::IsLegal(const compiler::space::ScheduleConfig& config) const {
  if (config.sketch != 0 || config.values.size() != kKnobs) return false;
  for (const int64_t value : config.values) {
    if (value < 0 || value >= options_) return false;
  }
  return config.values[0] + config.values[1] <= options_;  // a limit that two knobs share
}

int64_t SyntheticSpace::Count(int64_t limit) const { return static_cast<int64_t>(Enumerate(limit).size()); }

std::vector<compiler::space::ScheduleConfig> SyntheticSpace::Enumerate(int64_t limit) const {
  std::vector<compiler::space::ScheduleConfig> configs;
  compiler::space::ScheduleConfig config = Default();
  while (static_cast<int64_t>(configs.size()) < limit) {
    if (IsLegal(config)) configs.push_back(config);
    int knob = kKnobs - 1;
    while (knob >= 0 && ++config.values[knob] == options_) config.values[knob--] = 0;
    if (knob < 0) break;
  }
  return configs;
}

compiler::space::ScheduleConfig SyntheticSpace::Sample(absl::BitGenRef random) const {
  compiler::space::ScheduleConfig config = Default();
  do {
    for (int64_t& value : config.values) value = absl::Uniform<int64_t>(random, 0, options_);
  } while (!IsLegal(config));
  return config;
}

compiler::space::ScheduleConfig SyntheticSpace::Mutate(const compiler::space::ScheduleConfig& config,
                                                       absl::BitGenRef random) const {
  for (int i = 0; i < 100; ++i) {
    compiler::space::ScheduleConfig neighbour = config;
    neighbour.values[absl::Uniform(random, 0, kKnobs)] = absl::Uniform<int64_t>(random, 0, options_);
    if (neighbour != config && IsLegal(neighbour)) return neighbour;
  }
  return config;
}

compiler::space::ScheduleConfig SyntheticSpace::Crossover(const compiler::space::ScheduleConfig& a,
                                                          const compiler::space::ScheduleConfig& b,
                                                          absl::BitGenRef random) const {
  compiler::space::ScheduleConfig child = a;
  for (int knob = 0; knob < kKnobs; ++knob) {
    if (absl::Bernoulli(random, 0.5)) child.values[knob] = b.values[knob];
  }
  return IsLegal(child) ? child : a;
}

float SyntheticSpace::AnalyticCost(const compiler::space::ScheduleConfig& config) const {
  const double share = static_cast<double>(config.values[0]) / static_cast<double>(options_ - 1);
  return static_cast<float>(std::abs(share - 0.5));
}

std::vector<float> SyntheticSpace::FeatureRow(const compiler::space::ScheduleConfig& config) const {
  std::vector<float> row;
  for (const int64_t value : config.values)
    row.push_back(static_cast<float>(value) / static_cast<float>(options_));
  row.push_back(row[0] * row[1]);
  row.push_back(config.values[4] % 2 == 0 ? std::numeric_limits<float>::quiet_NaN() : row[4]);
  return row;
}

double SyntheticSpace::TimeUs(const compiler::space::ScheduleConfig& config) const {
  const auto share = [&](int knob) {
    return static_cast<double>(config.values[knob]) / static_cast<double>(options_ - 1);
  };
  if (share(2) > 0.9 && share(3) > 0.5) return std::numeric_limits<double>::infinity();
  double time_us = 100;
  time_us += 400 * std::abs(share(0) - 0.6);
  time_us += 300 * std::abs(share(1) - share(0) / 2);  // two knobs interact
  time_us += share(0) * share(1) > 0.4 ? 250 : 0;      // a sudden rise, as when data no longer fits a cache
  time_us += 80 * std::pow(share(2) - 0.3, 2) + 60 * share(3);
  time_us += config.values[4] % 2 == 0 ? 0 : 40 * share(4);  // a range in which most steps change nothing
  return time_us;
}

double SyntheticSpace::BestTimeUs() const {
  double best = std::numeric_limits<double>::infinity();
  for (const compiler::space::ScheduleConfig& config : Enumerate(std::numeric_limits<int64_t>::max())) {
    best = std::min(best, TimeUs(config));
  }
  return best;
}

}  // namespace diapason::testing
