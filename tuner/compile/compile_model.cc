#include "tuner/compile/compile_model.h"

namespace diapason::tuner {

absl::StatusOr<compiler::model::ModelFiles> CompileModel(const compiler::graph::Program& program,
                                                         BestSchedules& schedules,
                                                         const Installation& installation,
                                                         const std::string& folder,
                                                         const CompileHooks& hooks) {
  compiler::model::ModelOptions options;
  options.target = schedules.target();
  options.directory = folder;
  options.runtime_archive = installation.RuntimeArchive(schedules.target().triple());
  options.cancelled = hooks.cancelled ? hooks.cancelled : [] { return false; };
  options.staged = hooks.on_staged;
  options.build = [&](const v1::BuildRequest& request) {
    return schedules.Build(request, options.cancelled);
  };
  options.other_schedules = [&](const v1::Workload& workload, int number) {
    return schedules.Alternative(workload, number);
  };
  return compiler::model::CompileModel(
      program, [&](const v1::Workload& workload) { return schedules.Choose(workload); }, options);
}

}  // namespace diapason::tuner
