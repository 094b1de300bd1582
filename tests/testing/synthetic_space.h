// A schedule space that needs no compiler: five knobs, a constraint, and a time that is computed by a
// formula with one known optimum. It has the difficulties of real spaces: knobs that interact, a sudden
// rise of the time, ranges in which nothing changes, and regions that fail.
#ifndef DIAPASON_TESTS_TESTING_SYNTHETIC_SPACE_H_
#define DIAPASON_TESTS_TESTING_SYNTHETIC_SPACE_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "compiler/space/search_space.h"

namespace diapason::testing {

// Each knob has the values 0 to `options` - 1. The number of legal schedules grows with the fifth power of
// `options`.
class SyntheticSpace : public compiler::space::SearchSpace {
 public:
  explicit SyntheticSpace(int64_t options) : options_(options) {}

  int64_t Count(int64_t limit) const override;
  std::vector<compiler::space::ScheduleConfig> Enumerate(int64_t limit) const override;
  bool IsLegal(const compiler::space::ScheduleConfig& config) const override;
  compiler::space::ScheduleConfig Default() const override {
    return {.sketch = 0, .values = {0, 0, 0, 0, 0}};
  }
  // Depends on the first knob only, and is inexact.
  float AnalyticCost(const compiler::space::ScheduleConfig& config) const override;
  compiler::space::StatedCost Cost() const override { return {}; }
  compiler::space::ScheduleConfig Sample(absl::BitGenRef random) const override;
  compiler::space::ScheduleConfig Mutate(const compiler::space::ScheduleConfig& config,
                                         absl::BitGenRef random) const override;
  compiler::space::ScheduleConfig Crossover(const compiler::space::ScheduleConfig& a,
                                            const compiler::space::ScheduleConfig& b,
                                            absl::BitGenRef random) const override;
  std::vector<float> FeatureRow(const compiler::space::ScheduleConfig& config) const override;

  // Returns the time in microseconds, or infinity if the schedule fails.
  double TimeUs(const compiler::space::ScheduleConfig& config) const;
  // Returns the shortest time of all legal schedules, in microseconds.
  double BestTimeUs() const;

 private:
  const int64_t options_;
};

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_TESTING_SYNTHETIC_SPACE_H_
