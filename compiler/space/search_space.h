// The interface of a schedule space that a search uses. It gives legal schedules, moves from one to
// another, and says what is known about a schedule before it is measured. ScheduleSpace implements it;
// tests of searches use simple spaces of their own, without MLIR.
#ifndef DIAPASON_COMPILER_SPACE_SEARCH_SPACE_H_
#define DIAPASON_COMPILER_SPACE_SEARCH_SPACE_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/random/bit_gen_ref.h"

namespace diapason::compiler::space {

// A schedule in the form that a search uses.
struct ScheduleConfig {
  int sketch = 0;               // which of the space's sketches
  std::vector<int64_t> values;  // a value for each searched knob of the sketch

  bool operator==(const ScheduleConfig&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const ScheduleConfig& p) {
    return H::combine(std::move(h), p.sketch, p.values);
  }
};

// What the sketches of a space state about the half cycles that the workload takes on the space's
// threads. A half cycle is the time of one multiply-add of a whole vector on a core that does two of
// them in a cycle.
struct StatedCost {
  double reference = 0;  // of a schedule whose AnalyticCost is 0; 0 if the sketches do not state half cycles
  // of the multiply-adds alone, the least of all schedules, where a sketch computes in another way than the
  // workload says; 0 if no sketch does
  double least_products = 0;
};

// A task's schedule space. One object is used by one thread at a time.
class SearchSpace {
 public:
  virtual ~SearchSpace() = default;

  // Returns the number of legal schedules, or `limit` if there are more.
  virtual int64_t Count(int64_t limit) const = 0;

  // Returns all legal schedules, or the first `limit` of them, in a fixed order.
  virtual std::vector<ScheduleConfig> Enumerate(int64_t limit) const = 0;

  // Returns whether this is a legal schedule of this space.
  virtual bool IsLegal(const ScheduleConfig& config) const = 0;

  // Returns the default schedule, which the sketch itself prefers (compiler/sketches/README.md). It is legal.
  virtual ScheduleConfig Default() const = 0;

  // Returns log2 of the cost that the sketch predicts for a schedule, relative to the schedule that the
  // sketch prefers or, among sketches whose costs can be compared, to the cheapest of those. Returns NaN if
  // the sketch has no cost.
  virtual float AnalyticCost(const ScheduleConfig& config) const = 0;

  // Returns what is stated in half cycles, so that costs become times.
  virtual StatedCost Cost() const = 0;

  // Draws one of the sketches uniformly, and then one of its legal schedules uniformly.
  virtual ScheduleConfig Sample(absl::BitGenRef random) const = 0;

  // Returns a legal neighbour, in which one knob, or a group of knobs that a constraint couples, has other
  // values.
  virtual ScheduleConfig Mutate(const ScheduleConfig& config, absl::BitGenRef random) const = 0;

  // Returns a legal mixture of two schedules of one sketch, or `a` if none is found.
  virtual ScheduleConfig Crossover(const ScheduleConfig& a, const ScheduleConfig& b,
                                   absl::BitGenRef random) const = 0;

  // Returns the features that the cost model reads. Rows of one schema can be compared across sketches,
  // workloads and targets. A feature is NaN if it does not apply.
  virtual std::vector<float> FeatureRow(const ScheduleConfig& config) const = 0;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_SEARCH_SPACE_H_
