// A schedule space without a compiler: five knobs, a constraint, and a time that is a formula with one known
// optimum. It has what makes real spaces hard: interactions, a cliff, plateaus, and regions that fail.
#ifndef DIAPASON_TESTS_TESTING_SYNTHETIC_SPACE_H_
#define DIAPASON_TESTS_TESTING_SYNTHETIC_SPACE_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "compiler/space/search_space.h"

namespace diapason::testing {

// Each knob has the values 0 to `options` - 1; the number of legal schedules grows with its fifth power.
class SyntheticSpace : public compiler::space::SearchSpace {
 public:
  explicit SyntheticSpace(int64_t options) : options_(options) {}

  int64_t Count(int64_t limit) const override;
  std::vector<compiler::space::ScheduleConfig> Enumerate(int64_t limit) const override;
  bool IsLegal(const compiler::space::ScheduleConfig& point) const override;
  compiler::space::ScheduleConfig Default() const override {
    return {.sketch = 0, .values = {0, 0, 0, 0, 0}};
  }
  // Knows the first knob only, and that roughly.
  float AnalyticCost(const compiler::space::ScheduleConfig& point) const override;
  compiler::space::ScheduleConfig Sample(absl::BitGenRef random) const override;
  compiler::space::ScheduleConfig Mutate(const compiler::space::ScheduleConfig& point,
                                         absl::BitGenRef random) const override;
  compiler::space::ScheduleConfig Crossover(const compiler::space::ScheduleConfig& a,
                                            const compiler::space::ScheduleConfig& b,
                                            absl::BitGenRef random) const override;
  std::vector<float> FeatureRow(const compiler::space::ScheduleConfig& point) const override;

  // Infinity: the schedule fails.
  double TimeUs(const compiler::space::ScheduleConfig& point) const;
  // Of all legal schedules.
  double BestTimeUs() const;

 private:
  const int64_t options_;
};

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_TESTING_SYNTHETIC_SPACE_H_
