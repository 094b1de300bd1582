#include "tuner/search/candidate_pool.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace diapason::tuner {
namespace {

using compiler::space::ScheduleConfig;

constexpr int64_t kWhole = 3000;     // a space of at most so many schedules is taken as a whole
constexpr int kDrawn = 3000;         // random schedules of which the best are kept
constexpr size_t kBest = 700;        // kept of all
constexpr size_t kOthers = 100;      // kept besides, whatever is expected of them
constexpr int kRounds = 3;           // of improving by mutation
constexpr size_t kImproved = 200;    // entries that a round mutates
constexpr int kMutationsOfEach = 4;  // in a round

bool IsBetter(const PoolEntry& a, const PoolEntry& b) {
  const ScheduleConfig& p = a.proposal.config;
  const ScheduleConfig& q = b.proposal.config;
  return std::tie(a.point.expected, p.sketch, p.values) < std::tie(b.point.expected, q.sketch, q.values);
}

}  // namespace

CandidatePool::CandidatePool(const compiler::space::SearchSpace& space, const UntriedConfigs& untried,
                             TaskCost cost, std::shared_ptr<const costmodel::CostModel> model)
    : space_(space), untried_(untried), cost_(cost), model_(std::move(model)) {}

void CandidatePool::Fill(std::mt19937_64& random) {
  entries_.clear();
  known_.clear();
  if (space_.Count(kWhole + 1) <= kWhole) {
    Add(space_.Enumerate(kWhole));
    return;
  }
  std::vector<ScheduleConfig> drawn;
  for (int i = 0; i < kDrawn; ++i) drawn.push_back(space_.Sample(random));
  Add(std::move(drawn));
  for (int round = 0; round < kRounds; ++round) {
    std::sort(entries_.begin(), entries_.end(), IsBetter);
    std::vector<ScheduleConfig> mutations;
    for (size_t i = 0; i < std::min(kImproved, entries_.size()); ++i) {
      for (int m = 0; m < kMutationsOfEach; ++m)
        mutations.push_back(space_.Mutate(entries_[i].proposal.config, random));
    }
    Add(std::move(mutations));
  }
  if (entries_.size() <= kBest + kOthers) return;
  std::sort(entries_.begin(), entries_.end(), IsBetter);
  std::shuffle(entries_.begin() + kBest, entries_.end(), random);
  entries_.resize(kBest + kOthers);
}

void CandidatePool::AddNeighbours(const ScheduleConfig& config, int count, std::mt19937_64& random) {
  std::vector<ScheduleConfig> neighbours;
  for (int i = 0; i < count; ++i) neighbours.push_back(space_.Mutate(config, random));
  Add(std::move(neighbours));
}

PoolEntry CandidatePool::Take(size_t index) {
  std::swap(entries_[index], entries_.back());
  PoolEntry taken = std::move(entries_.back());
  entries_.pop_back();
  return taken;
}

void CandidatePool::RemoveTried() {
  std::erase_if(entries_, [this](const PoolEntry& entry) { return untried_.IsTaken(entry.proposal.config); });
}

std::vector<PoolEntry> CandidatePool::Describe(std::vector<ScheduleConfig> configs) const {
  std::vector<std::vector<float>> rows;
  rows.reserve(configs.size());
  for (const ScheduleConfig& config : configs) rows.push_back(space_.FeatureRow(config));
  const std::vector<float> corrections = Corrections(rows);
  std::vector<PoolEntry> entries;
  entries.reserve(configs.size());
  for (size_t i = 0; i < configs.size(); ++i)
    entries.push_back(MakeEntry(std::move(configs[i]), std::move(rows[i]), corrections[i]));
  return entries;
}

PoolEntry CandidatePool::Describe(ScheduleConfig config, std::vector<float> feature_row) const {
  const float correction = Corrections({feature_row}).front();
  return MakeEntry(std::move(config), std::move(feature_row), correction);
}

void CandidatePool::Add(std::vector<ScheduleConfig> configs) {
  std::erase_if(configs, [this](const ScheduleConfig& config) {
    return untried_.IsTaken(config) || !known_.insert(config).second;
  });
  for (PoolEntry& entry : Describe(std::move(configs))) entries_.push_back(std::move(entry));
}

std::vector<float> CandidatePool::Corrections(const std::vector<std::vector<float>>& rows) const {
  if (model_ != nullptr) {
    auto predicted = model_->Predict(rows);
    if (predicted.ok()) return *std::move(predicted);
  }
  return std::vector<float>(rows.size(), 0);
}

PoolEntry CandidatePool::MakeEntry(ScheduleConfig config, std::vector<float> row, float correction) const {
  PoolEntry entry;
  entry.proposal.predicted_us = cost_.PredictedUs(space_.AnalyticCost(config));
  entry.point.sketch = config.sketch;
  // Sizes count by their ratios.
  for (const int64_t value : config.values) {
    entry.point.knobs.push_back(std::log2(1 + static_cast<float>(std::abs(value))));
  }
  entry.point.expected = static_cast<float>(std::log(entry.proposal.predicted_us)) + correction;
  entry.proposal.config = std::move(config);
  entry.proposal.feature_row = std::move(row);
  return entry;
}

}  // namespace diapason::tuner
