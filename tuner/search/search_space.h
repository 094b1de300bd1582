// What a search policy sees of a task's schedule space, so that policies can be tested without a compiler.
// compiler/space/schedule_space.h says what each function promises.
#ifndef DIAPASON_TUNER_SEARCH_SEARCH_SPACE_H_
#define DIAPASON_TUNER_SEARCH_SEARCH_SPACE_H_

#include <cstdint>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "compiler/space/schedule_space.h"

namespace diapason::tuner {

class SearchSpace {
 public:
  virtual ~SearchSpace() = default;

  virtual int64_t Count(int64_t limit) const = 0;
  virtual std::vector<compiler::Point> Enumerate(int64_t limit) const = 0;
  virtual bool IsLegal(const compiler::Point& point) const = 0;
  virtual compiler::Point Default() const = 0;
  virtual float StatedCost(const compiler::Point& point) const = 0;
  virtual compiler::Point Sample(absl::BitGenRef random) const = 0;
  virtual compiler::Point Mutate(const compiler::Point& point, absl::BitGenRef random) const = 0;
  virtual compiler::Point Crossover(const compiler::Point& a, const compiler::Point& b,
                                    absl::BitGenRef random) const = 0;
  virtual std::vector<float> FeatureRow(const compiler::Point& point) const = 0;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_SEARCH_SPACE_H_
