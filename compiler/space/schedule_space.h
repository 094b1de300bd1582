// All legal schedules of a task: the sketches that fit its workload, times their legal knob values.
//
// Knobs, constraints and derived parameters are read out of the sketches' MLIR and become a small program on
// integers; feature rows come from a symbolic trace of the sketch over the workload. Neither lowers anything:
// evaluating a point costs a fraction of a microsecond, its feature row about one.
#ifndef DIAPASON_COMPILER_SPACE_SCHEDULE_SPACE_H_
#define DIAPASON_COMPILER_SPACE_SCHEDULE_SPACE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "compiler/space/search_space.h"
#include "diapason/v1/schedule.pb.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::space {

// Not thread-safe; different spaces may be used from different threads.
class ScheduleSpace : public SearchSpace {
 public:
  // NotFound: no sketch fits the workload. InvalidArgument: a sketch does not parse or uses what the reader
  // does not know (MLIR's message and line). FailedPrecondition: sketches fit, but none has a legal schedule;
  // says which constraint failed.
  static absl::StatusOr<std::unique_ptr<ScheduleSpace>> Create(absl::string_view workload_text,
                                                               absl::Span<const v1::Sketch> sketches,
                                                               const v1::Target& target);
  ~ScheduleSpace() override;

  int64_t Count(int64_t limit) const override;
  std::vector<ScheduleConfig> Enumerate(int64_t limit) const override;
  bool IsLegal(const ScheduleConfig& point) const override;
  ScheduleConfig Default() const override;
  float AnalyticCost(const ScheduleConfig& point) const override;
  ScheduleConfig Sample(absl::BitGenRef random) const override;
  ScheduleConfig Mutate(const ScheduleConfig& point, absl::BitGenRef random) const override;
  ScheduleConfig Crossover(const ScheduleConfig& a, const ScheduleConfig& b,
                           absl::BitGenRef random) const override;
  std::vector<float> FeatureRow(const ScheduleConfig& point) const override;

  // What each sketch prefers, for when one does not build: Default() first, then the other sketches in their
  // order, then those that are made for everything (`diapason.fallback`), which are searched only where
  // nothing else fits.
  std::vector<ScheduleConfig> Defaults() const;

  // NotFound: the schedule's sketch is not in this space. InvalidArgument: not legal here.
  absl::StatusOr<ScheduleConfig> FromSchedule(const v1::Schedule& schedule) const;
  v1::Schedule ToSchedule(const ScheduleConfig& point) const;

  // The schedule as one script for the stock interpreter: `selected` filled in, constraints resolved to
  // constants.
  absl::StatusOr<std::string> Render(const ScheduleConfig& point) const;

  // Of FeatureRow.
  static std::string FeatureSchema();
  static std::vector<std::string> FeatureNames();

  // The loop nest that the trace sees, one line a loop, for people and tests.
  std::string LoopNest(const ScheduleConfig& point) const;

 private:
  struct Impl;
  explicit ScheduleSpace(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_SCHEDULE_SPACE_H_
