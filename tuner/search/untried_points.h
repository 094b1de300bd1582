// Untried points of a space: the opening (the default, then the caller's initial schedules), then random
// ones. Remembers what was taken, so that no point is proposed twice.
#ifndef DIAPASON_TUNER_SEARCH_UNTRIED_POINTS_H_
#define DIAPASON_TUNER_SEARCH_UNTRIED_POINTS_H_

#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "compiler/space/search_space.h"

namespace diapason::tuner {

class UntriedPoints {
 public:
  UntriedPoints(const compiler::space::SearchSpace& space,
                const std::vector<compiler::space::ScheduleConfig>& initial_schedules);

  // False: it was taken before.
  bool Take(const compiler::space::ScheduleConfig& point) { return taken_.insert(point).second; }
  bool IsTaken(const compiler::space::ScheduleConfig& point) const { return taken_.contains(point); }

  // The next of the opening, and takes it. Absent: the opening is over.
  std::optional<compiler::space::ScheduleConfig> TakeOpening();

  // A random one, and takes it. Absent: the space is exhausted.
  std::optional<compiler::space::ScheduleConfig> TakeRandom(std::mt19937_64& random);

 private:
  const compiler::space::SearchSpace& space_;
  absl::flat_hash_set<compiler::space::ScheduleConfig> taken_;
  std::deque<compiler::space::ScheduleConfig> opening_;
  bool nearly_exhausted_ = false;                           // sampling finds nothing new any more
  std::vector<compiler::space::ScheduleConfig> remaining_;  // then: what enumeration found, shuffled
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_UNTRIED_POINTS_H_
