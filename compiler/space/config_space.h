// The legal assignments of a ConstraintProgram: counting, enumerating, drawing, and moving between them.
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

// Not thread-safe (it keeps scratch). `program` is finished and outlives this.
class ConfigSpace {
 public:
  explicit ConfigSpace(const ConstraintProgram& program) : program_(program) {}

  // Calls `visit` for each legal assignment, lexicographically in the order of knobs and options, until it
  // returns false; ends early where legal ones are so few that millions of others are tried in vain.
  void ForEach(const std::function<bool(const KnobValues&)>& visit) const;

  int64_t Count(int64_t limit) const;

  bool Contains(const KnobValues& values) const;

  // Why there is none, or why `values` is not one: the violated constraint, or the one that cut the search
  // last.
  std::string WhyEmpty() const;
  std::string WhyNot(const KnobValues& values) const;

  // Uniform, by rejection; where hardly anything is legal, from the enumeration. Needs at least one legal
  // assignment.
  KnobValues Sample(absl::BitGenRef random) const;

  // One knob gets another value; the knobs that constraints couple with it follow, changed as little as a
  // short search finds. Where that fails all knobs may follow, so that any assignment can be reached. The
  // same values where there is no other.
  KnobValues Mutate(const KnobValues& values, absl::BitGenRef random) const;

  // Each knob from one parent or the other, as far as that is legal.
  KnobValues Crossover(const KnobValues& a, const KnobValues& b, absl::BitGenRef random) const;

  // The assignment of least cost. `cost` is a slot of the program; ties go to the first in the order of
  // ForEach. Exact where the legal assignments are few enough to be looked at, else the best of a fixed
  // sample, improved by local search.
  KnobValues Minimize(int cost) const;

  // What the sketch's author selected, where that is legal, completed with the first options; else the first
  // legal one.
  KnobValues Selected() const;

 private:
  // The first legal assignment where knob k tries `candidates[k]` in order; gives up after `budget` steps.
  std::optional<KnobValues> Search(const std::vector<std::vector<int64_t>>& candidates, int64_t budget) const;
  std::optional<KnobValues> Repair(const KnobValues& values, int knob, int64_t value,
                                   const std::vector<bool>& free, absl::BitGenRef random) const;
  int64_t Cost(const KnobValues& values, int cost) const;

  const ConstraintProgram& program_;
  mutable std::vector<int64_t> slots_;      // scratch
  mutable std::vector<KnobValues> listed_;  // the enumeration, once rejection has proved hopeless
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_CONFIG_SPACE_H_
