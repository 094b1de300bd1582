// The search policy. It expects of each schedule the time that its sketch predicts, corrected by what other
// tasks have shown, and learns from its own trials how wrong that is (costmodel/gaussian_process.h). It tries
// the default, the initial schedules, the most promising schedule of each sketch, and then always the
// schedule whose time may well be the least: at first schedules unlike those tried before, later neighbours
// of the best one. Nothing is drawn at random as long as the model finds a candidate.
#ifndef DIAPASON_TUNER_SEARCH_MODEL_POLICY_H_
#define DIAPASON_TUNER_SEARCH_MODEL_POLICY_H_

#include <optional>
#include <random>
#include <set>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "costmodel/gaussian_process.h"
#include "tuner/search/candidate_pool.h"
#include "tuner/search/policy_factory.h"
#include "tuner/search/search_policy.h"
#include "tuner/search/untried_configs.h"

namespace diapason::tuner {

class ModelPolicy : public SearchPolicy {
 public:
  ModelPolicy(const compiler::space::SearchSpace& space, SearchOptions options);

  std::vector<Proposal> Suggest(int count) override;
  void Observe(absl::Span<const Observation> observations) override;
  double OptimisticUs() override;

 private:
  struct Measured {
    PoolEntry entry;
    double time_us = 0;  // infinity if the schedule failed
  };

  // Makes the pool and the process know all observations.
  void Refresh();
  // Fits the process to the observations, and adds those schedules that are under way.
  void Learn();
  // Returns the index in the pool of the most promising schedule, or nullopt if the pool is empty.
  std::optional<size_t> MostPromising() const;
  std::optional<Proposal> TakeBest();
  Proposal Propose(PoolEntry entry);

  UntriedConfigs untried_;
  std::mt19937_64 random_;
  CandidatePool pool_;
  costmodel::GaussianProcess process_;
  std::vector<Measured> measured_;
  absl::flat_hash_map<compiler::space::ScheduleConfig, PoolEntry> pending_;  // proposed and not yet observed
  std::vector<compiler::space::ScheduleConfig> order_of_pending_;  // the keys of pending_, oldest first
  std::set<int> tried_sketches_;
  size_t refreshed_ = 0;        // size of measured_ at the last refresh; the pool is empty before the first
  size_t next_parameters_ = 0;  // size of measured_ at which the parameters are chosen again
  bool filled_ = false;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_MODEL_POLICY_H_
