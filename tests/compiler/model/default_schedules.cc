#include "tests/compiler/model/default_schedules.h"

#include <cstdlib>

#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "compiler/targets/target_registry.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::model {

ScheduleSource DefaultSchedules(const v1::Target& target) {
  const auto sketches =
      space::LoadSketches(std::string(std::getenv("DIAPASON_SOURCE_DIR")) + "/compiler/sketches").value();
  return [=](const v1::Workload& workload) -> absl::StatusOr<ScheduleChoice> {
    DIAPASON_ASSIGN_OR_RETURN(const auto space,
                              space::ScheduleSpace::Create(workload.text(), sketches, target));
    ScheduleChoice choice;
    choice.schedule = space->ToSchedule(space->Default());
    DIAPASON_ASSIGN_OR_RETURN(choice.script, space->Render(space->Default()));
    choice.measured_us = 12.5;
    choice.reason = "nothing is known";
    return choice;
  };
}

std::string RuntimeArchive(const v1::Target& target) {
  return std::string(std::getenv("DIAPASON_BUILD_DIR")) + "/share/diapason/runtime/" +
         target.triple().substr(0, target.triple().find('-')) + "/libdiapason_model_runtime.a";
}

std::string HostRuntimeArchive() { return RuntimeArchive(targets::FindTarget("host", "").value()); }

}  // namespace diapason::compiler::model
