#include "compiler/space/rehearsal.h"

#include <random>

#include "compiler/space/schedule_space.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::space {
namespace {

constexpr int kSamples = 64;
constexpr int64_t kCounted = 60'000;  // about as many as a search counts before it chooses a method

absl::Status Use(const ScheduleSpace& space, const ScheduleConfig& config) {
  (void)space.AnalyticCost(config);
  (void)space.FeatureRow(config);
  (void)space.LoopNest(config);
  DIAPASON_RETURN_IF_ERROR(space.Render(config).status());
  return space.FromSchedule(space.ToSchedule(config)).status();
}

}  // namespace

absl::Status RehearseSpace(absl::string_view workload_text, absl::Span<const v1::Sketch> sketches,
                           const v1::Target& target) {
  DIAPASON_ASSIGN_OR_RETURN(const auto space, ScheduleSpace::Create(workload_text, sketches, target));
  (void)space->Count(kCounted);
  (void)space->Cost();
  for (const ScheduleConfig& config : space->Defaults()) DIAPASON_RETURN_IF_ERROR(Use(*space, config));
  std::mt19937_64 random(1);
  ScheduleConfig before = space->Default();
  for (int i = 0; i < kSamples; ++i) {
    const ScheduleConfig sample = space->Sample(random);
    DIAPASON_RETURN_IF_ERROR(Use(*space, sample));
    before = space->Crossover(space->Mutate(sample, random), before, random);
    DIAPASON_RETURN_IF_ERROR(Use(*space, before));
  }
  return absl::OkStatus();
}

}  // namespace diapason::compiler::space
