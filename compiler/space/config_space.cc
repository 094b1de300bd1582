#include "compiler/space/config_space.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/random/distributions.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace diapason::compiler::space {
namespace {

constexpr int kLegal = ConstraintProgram::kLegal;
// Draws before sampling gives up rejection, about 2 ms. If fewer than one in 20,000 assignments is legal,
// enumerating is faster.
constexpr int kRejectionAttempts = 20'000;
// The largest number of assignments that are kept when sampling enumerates instead.
constexpr int64_t kListed = 1'000'000;
// The largest number of steps of one repair, about 0.1 ms.
constexpr int64_t kRepairSteps = 2'000;
// The largest number of legal assignments that a minimum is searched among exactly, about 50 ms.
constexpr int64_t kMinimizeExactly = 500'000;
// The largest number of values for single knobs that an enumeration tries, which takes less than a second. So
// an enumeration ends even if a user's sketch has constraints that almost nothing satisfies.
constexpr int64_t kEnumerationSteps = 20'000'000;
constexpr int kMinimizeSamples = 20'000;
constexpr int kMinimizeMoves = 20'000;

template <typename T>
const T& PickOne(const std::vector<T>& from, absl::BitGenRef random) {
  return from[absl::Uniform<size_t>(random, 0, from.size())];
}

using Slots = std::vector<int64_t>;

// ConfigSpace::ForEach for any program. `visit` also gets what the program has computed.
void Enumerate(const ConstraintProgram& program,
               const std::function<bool(const KnobValues&, const Slots&)>& visit) {
  const int n = static_cast<int>(program.knobs().size());
  Slots slots;
  if (program.Start(slots) != kLegal) return;
  KnobValues values(n);
  int64_t budget = kEnumerationSteps;
  std::function<bool(int)> descend = [&](int k) {
    if (k == n) return visit(values, slots);
    for (int64_t v : program.knobs()[k].domain) {
      if (--budget < 0) return false;
      values[k] = v;
      if (program.Set(k, v, slots) == kLegal && !descend(k + 1)) return false;
    }
    return true;
  };
  descend(0);
}

}  // namespace

void ConfigSpace::ForEach(const std::function<bool(const KnobValues&)>& visit) const {
  Enumerate(program_, [&](const KnobValues& values, const Slots& slots) { return visit(values); });
}

int64_t ConfigSpace::Count(int64_t limit) const {
  if (limit <= 0) return 0;
  int64_t count = 0;
  ForEach([&](const KnobValues&) { return ++count < limit; });
  return count;
}

bool ConfigSpace::Contains(const KnobValues& values) const {
  if (values.size() != program_.knobs().size()) return false;
  for (size_t k = 0; k < values.size(); ++k) {
    const std::vector<int64_t>& domain = program_.knobs()[k].domain;
    if (std::find(domain.begin(), domain.end(), values[k]) == domain.end()) return false;
  }
  return program_.Evaluate(values, slots_) == kLegal;
}

std::string ConfigSpace::WhyEmpty() const {
  if (int violated = program_.Start(slots_); violated != kLegal) {
    return absl::StrCat(program_.assertion(violated), " does not hold for this workload and target");
  }
  for (const Knob& knob : program_.knobs()) {
    if (knob.domain.empty()) {
      return absl::StrCat("the constraints on knob ", knob.name, " alone exclude all of its options");
    }
  }
  const int n = static_cast<int>(program_.knobs().size());
  int deepest = -1, violated_there = 0;
  int64_t budget = kEnumerationSteps;
  std::function<void(int)> descend = [&](int k) {
    if (k == n) return;
    for (int64_t v : program_.knobs()[k].domain) {
      if (--budget < 0) return;
      const int violated = program_.Set(k, v, slots_);
      if (violated == kLegal) {
        descend(k + 1);
      } else if (k >= deepest) {
        deepest = k;
        violated_there = violated;
      }
    }
  };
  descend(0);
  if (deepest < 0) return "there is a legal schedule";
  return absl::StrCat(program_.assertion(violated_there), " excludes every value of knob ",
                      program_.knobs()[deepest].name);
}

std::string ConfigSpace::WhyNot(const KnobValues& values) const {
  for (size_t k = 0; k < values.size(); ++k) {
    const Knob& knob = program_.knobs()[k];
    if (std::find(knob.options.begin(), knob.options.end(), values[k]) == knob.options.end()) {
      return absl::StrCat("knob ", knob.name, " has no option ", values[k]);
    }
  }
  const int violated = program_.Evaluate(values, slots_);
  return violated == kLegal ? "" : absl::StrCat("the values violate ", program_.assertion(violated));
}

KnobValues ConfigSpace::Sample(absl::BitGenRef random) const {
  const std::vector<Knob>& knobs = program_.knobs();
  KnobValues values(knobs.size());
  for (int attempt = 0; listed_.empty() && attempt < kRejectionAttempts; ++attempt) {
    program_.Start(slots_);
    size_t k = 0;
    for (; k < knobs.size(); ++k) {
      values[k] = PickOne(knobs[k].domain, random);
      if (program_.Set(static_cast<int>(k), values[k], slots_) != kLegal) break;
    }
    if (k == knobs.size()) return values;
  }
  if (listed_.empty()) {
    ForEach([&](const KnobValues& v) {
      listed_.push_back(v);
      return static_cast<int64_t>(listed_.size()) < kListed;
    });
  }
  return PickOne(listed_, random);
}

std::optional<KnobValues> ConfigSpace::Search(const std::vector<std::vector<int64_t>>& candidates,
                                              int64_t budget) const {
  const int n = static_cast<int>(candidates.size());
  if (program_.Start(slots_) != kLegal) return std::nullopt;
  KnobValues values(n);
  std::function<bool(int)> descend = [&](int k) {
    if (k == n) return true;
    for (int64_t v : candidates[k]) {
      if (--budget < 0) return false;
      values[k] = v;
      if (program_.Set(k, v, slots_) == kLegal && descend(k + 1)) return true;
    }
    return false;
  };
  if (!descend(0)) return std::nullopt;
  return values;
}

std::optional<KnobValues> ConfigSpace::Repair(const KnobValues& values, int knob, int64_t value,
                                              const std::vector<bool>& free, absl::BitGenRef random) const {
  std::vector<std::vector<int64_t>> candidates(values.size());
  for (size_t k = 0; k < values.size(); ++k) {
    candidates[k] = {values[k]};
    if (static_cast<int>(k) == knob) {
      candidates[k] = {value};
    } else if (free[k]) {
      for (int64_t v : program_.knobs()[k].domain) {
        if (v != values[k]) candidates[k].push_back(v);
      }
      std::shuffle(candidates[k].begin() + 1, candidates[k].end(), random);
    }
  }
  return Search(candidates, kRepairSteps);
}

KnobValues ConfigSpace::Mutate(const KnobValues& values, absl::BitGenRef random) const {
  constexpr int kAttempts = 20;
  std::vector<int> movable;
  for (size_t k = 0; k < values.size(); ++k) {
    if (program_.knobs()[k].domain.size() > 1) movable.push_back(static_cast<int>(k));
  }
  if (movable.empty()) return values;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const int knob = PickOne(movable, random);
    const int64_t value = PickOne(program_.knobs()[knob].domain, random);
    if (value == values[knob]) continue;
    std::vector<bool> free(values.size(), false);
    if (auto alone = Repair(values, knob, value, free, random)) return *alone;
    for (const std::vector<int>& group : program_.couplings()) {
      if (!std::binary_search(group.begin(), group.end(), knob)) continue;
      for (int k : group) free[k] = true;
    }
    if (auto coupled = Repair(values, knob, value, free, random)) return *coupled;
    if (auto any = Repair(values, knob, value, std::vector<bool>(values.size(), true), random)) return *any;
  }
  return Sample(random);
}

KnobValues ConfigSpace::Crossover(const KnobValues& a, const KnobValues& b, absl::BitGenRef random) const {
  std::vector<std::vector<int64_t>> candidates(a.size());
  for (size_t k = 0; k < a.size(); ++k) {
    candidates[k] = {a[k]};
    if (a[k] != b[k]) candidates[k].insert(candidates[k].begin() + absl::Uniform<int>(random, 0, 2), b[k]);
  }
  return Search(candidates, kRepairSteps).value_or(a);
}

int64_t ConfigSpace::ValueOf(const KnobValues& values, int slot) const {
  program_.Evaluate(values, slots_);
  return slots_[slot];
}

KnobValues ConfigSpace::Minimize(int cost) const {
  KnobValues best;
  int64_t least = 0;
  auto consider = [&](const KnobValues& values, int64_t c) {
    if (!best.empty() && c >= least) return;
    best = values;
    least = c;
  };
  int64_t seen = 0;
  Enumerate(program_.For(cost), [&](const KnobValues& values, const Slots& slots) {
    consider(values, slots[cost]);
    return ++seen < kMinimizeExactly;
  });
  if (seen < kMinimizeExactly || best.empty()) return best;
  std::mt19937_64 random(1);  // a fixed seed: the default schedule must not depend on the search's seed
  const auto try_one = [&](const KnobValues& values) { consider(values, ValueOf(values, cost)); };
  for (int i = 0; i < kMinimizeSamples; ++i) try_one(Sample(random));
  for (int i = 0; i < kMinimizeMoves; ++i) try_one(Mutate(best, random));
  return best;
}

KnobValues ConfigSpace::Selected() const {
  std::vector<std::vector<int64_t>> candidates;
  for (const Knob& knob : program_.knobs()) {
    candidates.push_back(knob.domain);
    if (!knob.selected) continue;
    auto it = std::find(candidates.back().begin(), candidates.back().end(), *knob.selected);
    if (it != candidates.back().end()) std::rotate(candidates.back().begin(), it, it + 1);
  }
  KnobValues first;
  if (auto near = Search(candidates, kMinimizeExactly)) return *near;
  ForEach([&](const KnobValues& values) {
    first = values;
    return false;
  });
  return first;
}

}  // namespace diapason::compiler::space
