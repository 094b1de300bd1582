// The untried schedules that a search chooses from: those of a space with the least expected times, and some
// random ones in case the expectation is wrong. Not thread-safe.
#ifndef DIAPASON_TUNER_SEARCH_CANDIDATE_POOL_H_
#define DIAPASON_TUNER_SEARCH_CANDIDATE_POOL_H_

#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "compiler/space/search_space.h"
#include "costmodel/cost_model.h"
#include "costmodel/gaussian_process.h"
#include "tuner/search/candidate.h"
#include "tuner/search/task_cost.h"
#include "tuner/search/untried_configs.h"

namespace diapason::tuner {

// A schedule with what is known about it before it is measured.
struct PoolEntry {
  Proposal proposal;
  costmodel::Point point;  // its `expected` is the logarithm of the time in microseconds
};

class CandidatePool {
 public:
  // `space` and `untried` must outlive this object. `model` corrects the times of `cost`; it may be null.
  CandidatePool(const compiler::space::SearchSpace& space, const UntriedConfigs& untried, TaskCost cost,
                std::shared_ptr<const costmodel::CostModel> model);

  // Replaces the entries: draws many random schedules, keeps the best and some others, and improves the best
  // by mutation. Small spaces are taken as a whole.
  void Fill(std::mt19937_64& random);

  // Adds neighbours of `config`, in which one knob or a few coupled ones have other values.
  void AddNeighbours(const compiler::space::ScheduleConfig& config, int count, std::mt19937_64& random);

  // Removes and returns the entry with this index.
  PoolEntry Take(size_t index);

  // Removes the entries that were tried meanwhile.
  void RemoveTried();

  const std::vector<PoolEntry>& entries() const { return entries_; }

  // Describe schedules. Configs that were tried are described, too.
  std::vector<PoolEntry> Describe(std::vector<compiler::space::ScheduleConfig> configs) const;
  // The same for a schedule whose feature row is known.
  PoolEntry Describe(compiler::space::ScheduleConfig config, std::vector<float> feature_row) const;

 private:
  void Add(std::vector<compiler::space::ScheduleConfig> configs);
  std::vector<float> Corrections(const std::vector<std::vector<float>>& rows) const;
  PoolEntry MakeEntry(compiler::space::ScheduleConfig config, std::vector<float> row, float correction) const;

  const compiler::space::SearchSpace& space_;
  const UntriedConfigs& untried_;
  const TaskCost cost_;
  const std::shared_ptr<const costmodel::CostModel> model_;
  std::vector<PoolEntry> entries_;
  absl::flat_hash_set<compiler::space::ScheduleConfig> known_;  // those that are or were in entries_
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_CANDIDATE_POOL_H_
