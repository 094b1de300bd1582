// All legal schedules of a task: for each sketch that fits its workload, all legal values of the sketch's
// knobs.
//
// Knobs, constraints and derived parameters are read from the sketches' MLIR and become a small program on
// integers. Feature rows come from a symbolic trace of the sketch over the workload. Neither lowers any code:
// checking a schedule takes a fraction of a microsecond, and its feature row about one microsecond.
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

// Not thread-safe, but different spaces can be used from different threads.
class ScheduleSpace : public SearchSpace {
 public:
  // Makes the space of a workload, from those sketches that fit it. The arguments are copied. Costs, and so
  // the default schedule, are those on `threads` threads, at least 1.
  // NotFound: no sketch fits the workload. InvalidArgument: the workload or a sketch is not valid MLIR, or
  // a sketch uses something that is not supported; the message has MLIR's text and the line.
  // FailedPrecondition: sketches fit, but none has a legal schedule; the message says which constraint
  // failed.
  static absl::StatusOr<std::unique_ptr<ScheduleSpace>> Create(absl::string_view workload_text,
                                                               absl::Span<const v1::Sketch> sketches,
                                                               const v1::Target& target, int threads = 1);
  ~ScheduleSpace() override;

  int64_t Count(int64_t limit) const override;
  std::vector<ScheduleConfig> Enumerate(int64_t limit) const override;
  bool IsLegal(const ScheduleConfig& config) const override;
  ScheduleConfig Default() const override;
  float AnalyticCost(const ScheduleConfig& config) const override;
  StatedCost Cost() const override;
  ScheduleConfig Sample(absl::BitGenRef random) const override;
  ScheduleConfig Mutate(const ScheduleConfig& config, absl::BitGenRef random) const override;
  ScheduleConfig Crossover(const ScheduleConfig& a, const ScheduleConfig& b,
                           absl::BitGenRef random) const override;
  std::vector<float> FeatureRow(const ScheduleConfig& config) const override;

  // Returns the preferred schedule of each sketch, to try one after another if a schedule does not build.
  // Default() comes first, then the other sketches in their order, and then the fallback sketches (those with
  // the attribute `diapason.fallback`), which are searched only if no other sketch fits.
  std::vector<ScheduleConfig> Defaults() const;

  // Convert between the form of the search and the form that records store.
  // NotFound: the schedule's sketch is not in this space. InvalidArgument: the schedule is not legal in it.
  absl::StatusOr<ScheduleConfig> FromSchedule(const v1::Schedule& schedule) const;
  v1::Schedule ToSchedule(const ScheduleConfig& config) const;

  // Returns the schedule as a script for the stock interpreter: the sketch with the knobs' values filled in
  // and the constraints replaced by constants. InvalidArgument: the schedule is not legal in this space.
  absl::StatusOr<std::string> Render(const ScheduleConfig& config) const;

  // The schema and the names of the features in FeatureRow.
  static std::string FeatureSchema();
  static std::vector<std::string> FeatureNames();

  // Returns the loop nest that the trace finds, with one line for each loop, for people and tests.
  std::string LoopNest(const ScheduleConfig& config) const;

 private:
  struct Impl;
  explicit ScheduleSpace(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_SCHEDULE_SPACE_H_
