// Gives the untried configs of a space: first the initial ones (the default and the caller's initial
// schedules), then random ones. It remembers which configs were taken, so that none is proposed twice. Not
// thread-safe.
#ifndef DIAPASON_TUNER_SEARCH_UNTRIED_CONFIGS_H_
#define DIAPASON_TUNER_SEARCH_UNTRIED_CONFIGS_H_

#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "compiler/space/search_space.h"

namespace diapason::tuner {

class UntriedConfigs {
 public:
  // `space` must outlive this object. Initial schedules that are not legal in it are left out.
  UntriedConfigs(const compiler::space::SearchSpace& space,
                 const std::vector<compiler::space::ScheduleConfig>& initial_schedules);

  // Marks the config as taken. Returns false if it was taken before.
  bool Take(const compiler::space::ScheduleConfig& config) { return taken_.insert(config).second; }
  bool IsTaken(const compiler::space::ScheduleConfig& config) const { return taken_.contains(config); }

  // Takes and returns the next initial config, or nullopt if there are no more.
  std::optional<compiler::space::ScheduleConfig> TakeInitial();

  // Takes and returns a random untried config, or nullopt if the space is exhausted.
  std::optional<compiler::space::ScheduleConfig> TakeRandom(std::mt19937_64& random);

 private:
  const compiler::space::SearchSpace& space_;
  absl::flat_hash_set<compiler::space::ScheduleConfig> taken_;
  std::deque<compiler::space::ScheduleConfig> initial_;
  bool nearly_exhausted_ = false;  // true if sampling finds hardly any untried configs
  // untried configs in random order, used once nearly_exhausted_ is true
  std::vector<compiler::space::ScheduleConfig> remaining_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_UNTRIED_CONFIGS_H_
