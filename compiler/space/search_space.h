// What a search needs of a task's schedule space: legal points, moves between them, and what is known of a
// point before it is measured. ScheduleSpace is the real one; tests of searches bring spaces of their own,
// without MLIR.
#ifndef DIAPASON_COMPILER_SPACE_SEARCH_SPACE_H_
#define DIAPASON_COMPILER_SPACE_SEARCH_SPACE_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/random/bit_gen_ref.h"

namespace diapason::compiler::space {

// A schedule as the search handles it: which of the space's sketches, and a value for each of its searched
// knobs.
struct ScheduleConfig {
  int sketch = 0;
  std::vector<int64_t> values;

  bool operator==(const ScheduleConfig&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const ScheduleConfig& p) {
    return H::combine(std::move(h), p.sketch, p.values);
  }
};

class SearchSpace {
 public:
  virtual ~SearchSpace() = default;

  // Number of legal schedules; counting stops at `limit`.
  virtual int64_t Count(int64_t limit) const = 0;

  // All legal schedules, or the first `limit` of them, in a fixed order.
  virtual std::vector<ScheduleConfig> Enumerate(int64_t limit) const = 0;

  virtual bool IsLegal(const ScheduleConfig& point) const = 0;

  // The built-in schedule: what the sketch itself prefers (see the sketches' README). Always legal.
  virtual ScheduleConfig Default() const = 0;

  // How much the point's sketch expects it to take against what it prefers, as log2; NaN: it states no cost.
  virtual float AnalyticCost(const ScheduleConfig& point) const = 0;

  // Uniform over the legal schedules of a sketch drawn uniformly.
  virtual ScheduleConfig Sample(absl::BitGenRef random) const = 0;

  // A legal neighbour: one knob, or a group of knobs that one constraint couples, gets other values.
  virtual ScheduleConfig Mutate(const ScheduleConfig& point, absl::BitGenRef random) const = 0;

  // A legal mixture of two points of one sketch; `a` where none is found.
  virtual ScheduleConfig Crossover(const ScheduleConfig& a, const ScheduleConfig& b,
                                   absl::BitGenRef random) const = 0;

  // One row for the cost model; rows of one schema can be compared across sketches, workloads and targets.
  // NaN: the feature does not apply.
  virtual std::vector<float> FeatureRow(const ScheduleConfig& point) const = 0;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_SEARCH_SPACE_H_
