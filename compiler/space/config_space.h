// The legal assignments of a ConstraintProgram. ConfigSpace counts, enumerates and samples them, and moves
// from one to another.
#ifndef DIAPASON_COMPILER_SPACE_CONFIG_SPACE_H_
#define DIAPASON_COMPILER_SPACE_CONFIG_SPACE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "compiler/space/constraint_program.h"

namespace diapason::compiler::space {

// Not thread-safe, because it reuses buffers. `program` must be finished and must outlive this.
class ConfigSpace {
 public:
  explicit ConfigSpace(const ConstraintProgram& program) : program_(program) {}

  // Calls `visit` for each legal assignment, in lexicographic order of knobs and options, until `visit`
  // returns false. Also stops after millions of tries, if almost no assignment is legal.
  void ForEach(const std::function<bool(const KnobValues&)>& visit) const;

  // Returns the number of legal assignments, or `limit` if there are more.
  int64_t Count(int64_t limit) const;

  // Returns whether `values` is a legal assignment.
  bool Contains(const KnobValues& values) const;

  // WhyEmpty says why there is no legal assignment, and WhyNot why `values` is not one. Both name a
  // constraint that is violated.
  std::string WhyEmpty() const;
  std::string WhyNot(const KnobValues& values) const;

  // Returns a legal assignment, drawn uniformly. It rejects illegal ones, or, if almost nothing is legal,
  // draws from the enumeration. There must be at least one legal assignment.
  KnobValues Sample(absl::BitGenRef random) const;

  // Returns a legal neighbour of `values`. One knob gets another value, and knobs that constraints couple
  // with it change too, as little as a short search can find. If that fails, all knobs may change, so that
  // every assignment can be reached. Returns `values` if no knob has a second option.
  KnobValues Mutate(const KnobValues& values, absl::BitGenRef random) const;

  // Returns a legal assignment that takes each knob's value from `a` or from `b`, or `a` if a short search
  // finds none.
  KnobValues Crossover(const KnobValues& a, const KnobValues& b, absl::BitGenRef random) const;

  // Returns the legal assignment of least cost. `cost` is a slot of the program. Of several, it returns the
  // first in the order of ForEach. The result is exact if there are few enough legal assignments to try
  // them all. Otherwise it is the best of a fixed sample, improved by local search.
  KnobValues Minimize(int cost) const;

  // Returns the values that the sketch's author selected, completed with the first options of other knobs. If
  // that is not legal, returns a legal assignment near it.
  KnobValues Selected() const;

  // Returns what a slot of the program holds for a legal assignment.
  int64_t ValueOf(const KnobValues& values, int slot) const;

 private:
  // Returns the first legal assignment, trying the values `candidates[k]` for knob k in order. Returns
  // nullopt if there is none or if `budget` steps were not enough.
  std::optional<KnobValues> Search(const std::vector<std::vector<int64_t>>& candidates, int64_t budget) const;
  std::optional<KnobValues> Repair(const KnobValues& values, int knob, int64_t value,
                                   const std::vector<bool>& free, absl::BitGenRef random) const;

  const ConstraintProgram& program_;
  mutable std::vector<int64_t> slots_;      // a buffer that is reused
  mutable std::vector<KnobValues> listed_;  // the enumeration, if rejection has failed
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_CONFIG_SPACE_H_
