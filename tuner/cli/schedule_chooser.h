// The best schedule known for a workload on a target: the look-up's ladder, walked until a schedule is legal and builds
// here; the sketches' default at its end.
#ifndef DIAPASON_TUNER_CLI_SCHEDULE_CHOOSER_H_
#define DIAPASON_TUNER_CLI_SCHEDULE_CHOOSER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/model/model_compiler.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/build/builder.h"

namespace diapason::tuner {

using LookupFunction = std::function<absl::StatusOr<v1::LookupResult>(const v1::Workload&)>;

struct ChooserOptions {
  v1::Target target;
  std::vector<v1::Sketch> sketches;  // for the default
  LookupFunction lookup;             // null: defaults only
};

// `builder`, a pool of worker processes, tries schedules that were never built for the workload: a sketch made for
// another shape may fail here. It outlives the result.
// Codes: those of the look-up, and of ScheduleSpace::Create for the default.
compiler::ScheduleSource NewScheduleSource(ChooserOptions options, Builder& builder);

// "exact", "same_class", "nearest_shape", "default".
std::string RungName(v1::Rung rung);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_SCHEDULE_CHOOSER_H_
