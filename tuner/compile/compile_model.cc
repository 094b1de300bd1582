#include "tuner/compile/compile_model.h"

namespace diapason::tuner {

absl::StatusOr<compiler::model::ModelFiles> CompileModel(
    const compiler::graph::Program& program, BestSchedules& schedules, const Installation& installation,
    const std::string& folder, const CompileChoices& choices, const CompileHooks& hooks) {
  compiler::model::ModelOptions options;
  options.target = schedules.target();
  options.directory = folder;
  options.products = choices.products;
  options.runtime_archive = installation.RuntimeArchive(schedules.target().triple());
  options.cancelled = hooks.cancelled ? hooks.cancelled : [] { return false; };
  options.staged = hooks.on_staged;
  options.build = [&](const v1::BuildRequest& request) { return schedules.Build(request); };
  if (choices.pinned == nullptr) {
    options.other_schedules = [&](const v1::Workload& workload, int number) {
      return schedules.Alternative(workload, number);
    };
  }
  options.chosen = [&](const v1::Workload& workload, const compiler::model::ScheduleChoice& choice) {
    if (choices.pin == nullptr) return;
    choices.pin->Pin(workload, choice.schedule,
                     choice.script.empty() ? nullptr : schedules.FindSketch(choice.schedule.sketch_hash()));
  };
  const auto choose = [&](const v1::Workload& workload) {
    return choices.pinned != nullptr ? choices.pinned->Choose(workload, schedules.target())
                                     : schedules.Choose(workload);
  };
  return compiler::model::CompileModel(program, choose, options);
}

}  // namespace diapason::tuner
