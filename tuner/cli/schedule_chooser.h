// The best schedule known for a workload on a target: the look-up's ladder, walked until a schedule is legal and builds
// here; the sketches' default at its end.
#ifndef DIAPASON_TUNER_CLI_SCHEDULE_CHOOSER_H_
#define DIAPASON_TUNER_CLI_SCHEDULE_CHOOSER_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "compiler/model/model_compiler.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/build/builder.h"

namespace diapason::tuner {

using LookupFunction = std::function<absl::StatusOr<v1::LookupResult>(const v1::Workload&)>;

// `sketch_folder` holds the sketches of the defaults; null `lookup`: defaults only. `builder`, a pool of worker processes, tries schedules that were never built for the workload: a sketch made for
// another shape may fail here. It outlives the result.
// Codes: LoadSketches'. Those of the result: the look-up's, and ScheduleSpace::Create's for the default.
absl::StatusOr<compiler::ScheduleSource> NewScheduleSource(const v1::Target& target,
                                                           const std::string& sketch_folder,
                                                           LookupFunction lookup, Builder& builder);

// What is taken where a schedule does not build: the default of each sketch that fits, then the fallback sketch's, then
// the plain lowering. Codes: LoadSketches'.
absl::StatusOr<compiler::OtherSchedules> NewOtherSchedules(const v1::Target& target,
                                                           const std::string& sketch_folder);

// "exact", "same_class", "nearest_shape", "default".
std::string RungName(v1::Rung rung);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_SCHEDULE_CHOOSER_H_
