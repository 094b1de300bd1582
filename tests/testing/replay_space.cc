#include "tests/testing/replay_space.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/random/random.h"
#include "compiler/space/feature_row.h"
#include "proto/domain/record_time.h"

namespace diapason::testing {
namespace {

// Returns the number of knobs in which two schedules differ. Schedules of different sketches differ in
// all.
int Distance(const compiler::space::ScheduleConfig& a, const compiler::space::ScheduleConfig& b) {
  if (a.sketch != b.sketch) return std::numeric_limits<int>::max();
  int distance = 0;
  for (size_t i = 0; i < a.values.size(); ++i) distance += a.values[i] != b.values[i];
  return distance;
}

}  // namespace

ReplaySpace::ReplaySpace(absl::Span<const v1::Record> records) {
  absl::flat_hash_map<std::string, int> sketches;
  SpeedReference speed;
  for (const v1::Record& record : records) {
    if (record.outcome().kind() > v1::OUTCOME_KIND_OUT_OF_MEMORY) continue;
    compiler::space::ScheduleConfig config;
    config.sketch =
        sketches.emplace(record.schedule().sketch_hash(), static_cast<int>(sketches.size())).first->second;
    for (const v1::KnobValue& knob : record.schedule().knobs()) config.values.push_back(knob.value());
    if (!index_.emplace(config, configs_.size()).second) continue;
    configs_.push_back(std::move(config));
    rows_.emplace_back(record.feature_row().begin(), record.feature_row().end());
    times_us_.push_back(record.outcome().kind() == v1::OUTCOME_KIND_OK
                            ? speed.TimeUs(record.measurement())
                            : std::numeric_limits<double>::infinity());
  }
}

int64_t ReplaySpace::Count(int64_t limit) const { return std::min<int64_t>(limit, configs_.size()); }

std::vector<compiler::space::ScheduleConfig> ReplaySpace::Enumerate(int64_t limit) const {
  return {configs_.begin(), configs_.begin() + Count(limit)};
}

compiler::space::ScheduleConfig ReplaySpace::Sample(absl::BitGenRef random) const {
  return configs_[absl::Uniform<size_t>(random, 0, configs_.size())];
}

compiler::space::ScheduleConfig ReplaySpace::Mutate(const compiler::space::ScheduleConfig& config,
                                                    absl::BitGenRef random) const {
  return Nearest(config, config, random);
}

compiler::space::ScheduleConfig ReplaySpace::Crossover(const compiler::space::ScheduleConfig& a,
                                                       const compiler::space::ScheduleConfig& b,
                                                       absl::BitGenRef random) const {
  if (a.sketch != b.sketch) return a;
  compiler::space::ScheduleConfig child = a;
  for (size_t i = 0; i < child.values.size(); ++i) {
    if (absl::Bernoulli(random, 0.5)) child.values[i] = b.values[i];
  }
  return Nearest(child, a, random);
}

float ReplaySpace::AnalyticCost(const compiler::space::ScheduleConfig& config) const {
  return rows_[index_.at(config)][compiler::space::kAnalyticCostFeature];
}

std::vector<float> ReplaySpace::FeatureRow(const compiler::space::ScheduleConfig& config) const {
  return rows_[index_.at(config)];
}

// Returns one of the schedules that are nearest to `wanted`, other than `besides`.
compiler::space::ScheduleConfig ReplaySpace::Nearest(const compiler::space::ScheduleConfig& wanted,
                                                     const compiler::space::ScheduleConfig& besides,
                                                     absl::BitGenRef random) const {
  int nearest = std::numeric_limits<int>::max();
  std::vector<const compiler::space::ScheduleConfig*> ties;
  for (const compiler::space::ScheduleConfig& config : configs_) {
    const int distance = Distance(config, wanted);
    if (distance > nearest || config == besides) continue;
    if (distance < nearest) ties.clear();
    nearest = distance;
    ties.push_back(&config);
  }
  return ties.empty() ? besides : *ties[absl::Uniform<size_t>(random, 0, ties.size())];
}

}  // namespace diapason::testing
