// A schedule space that is made of measured schedules. Searches on it are replayed in milliseconds and use
// real times.
#ifndef DIAPASON_TESTS_TESTING_REPLAY_SPACE_H_
#define DIAPASON_TESTS_TESTING_REPLAY_SPACE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/random/bit_gen_ref.h"
#include "absl/types/span.h"
#include "compiler/space/search_space.h"
#include "diapason/v1/trial.pb.h"

namespace diapason::testing {

// Only measured schedules are legal. A move that leads to another schedule ends at the nearest measured
// one.
class ReplaySpace : public compiler::space::SearchSpace {
 public:
  // `records` are the records of one task, oldest first; the first one is the default schedule.
  // Infrastructure failures are left out. If several records have the same schedule, the first one counts.
  explicit ReplaySpace(absl::Span<const v1::Record> records);

  int64_t Count(int64_t limit) const override;
  std::vector<compiler::space::ScheduleConfig> Enumerate(int64_t limit) const override;
  bool IsLegal(const compiler::space::ScheduleConfig& config) const override {
    return index_.contains(config);
  }
  compiler::space::ScheduleConfig Default() const override { return configs_.front(); }
  float AnalyticCost(const compiler::space::ScheduleConfig& config) const override;
  compiler::space::StatedCost Cost() const override { return {}; }
  compiler::space::ScheduleConfig Sample(absl::BitGenRef random) const override;
  compiler::space::ScheduleConfig Mutate(const compiler::space::ScheduleConfig& config,
                                         absl::BitGenRef random) const override;
  compiler::space::ScheduleConfig Crossover(const compiler::space::ScheduleConfig& a,
                                            const compiler::space::ScheduleConfig& b,
                                            absl::BitGenRef random) const override;
  std::vector<float> FeatureRow(const compiler::space::ScheduleConfig& config) const override;

  // Returns the measured time in microseconds, or infinity if the schedule failed.
  double TimeUs(const compiler::space::ScheduleConfig& config) const { return times_us_[index_.at(config)]; }

  // Return the feature rows and the times of all schedules, in the order of Enumerate.
  const std::vector<std::vector<float>>& rows() const { return rows_; }
  const std::vector<double>& times_us() const { return times_us_; }

 private:
  compiler::space::ScheduleConfig Nearest(const compiler::space::ScheduleConfig& wanted,
                                          const compiler::space::ScheduleConfig& besides,
                                          absl::BitGenRef random) const;

  std::vector<compiler::space::ScheduleConfig> configs_;
  std::vector<std::vector<float>> rows_;  // one for each config
  std::vector<double> times_us_;          // one for each config
  absl::flat_hash_map<compiler::space::ScheduleConfig, size_t> index_;
};

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_TESTING_REPLAY_SPACE_H_
