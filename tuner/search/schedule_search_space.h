// The compiler's schedule space as the policies' SearchSpace. Header only: who includes it links diapason::space.
#ifndef DIAPASON_TUNER_SEARCH_SCHEDULE_SEARCH_SPACE_H_
#define DIAPASON_TUNER_SEARCH_SCHEDULE_SEARCH_SPACE_H_

#include <vector>

#include "compiler/space/schedule_space.h"
#include "tuner/search/search_space.h"

namespace diapason::tuner {

class ScheduleSearchSpace : public SearchSpace {
 public:
  explicit ScheduleSearchSpace(const compiler::ScheduleSpace& space) : space_(space) {}  // outlives this

  int64_t Count(int64_t limit) const override { return space_.Count(limit); }
  std::vector<compiler::Point> Enumerate(int64_t limit) const override { return space_.Enumerate(limit); }
  bool IsLegal(const compiler::Point& point) const override { return space_.IsLegal(point); }
  compiler::Point Default() const override { return space_.Default(); }
  float StatedCost(const compiler::Point& point) const override { return space_.StatedCost(point); }
  compiler::Point Sample(absl::BitGenRef random) const override { return space_.Sample(random); }
  compiler::Point Mutate(const compiler::Point& point, absl::BitGenRef random) const override {
    return space_.Mutate(point, random);
  }
  compiler::Point Crossover(const compiler::Point& a, const compiler::Point& b,
                            absl::BitGenRef random) const override {
    return space_.Crossover(a, b, random);
  }
  std::vector<float> FeatureRow(const compiler::Point& point) const override {
    return space_.FeatureRow(point);
  }

 private:
  const compiler::ScheduleSpace& space_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_SCHEDULE_SEARCH_SPACE_H_
