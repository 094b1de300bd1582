#include "tuner/cli/layer_limits.h"

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/runtime/host_target.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "diapason/v1/runner.pb.h"
#include "proto/base/status_macros.h"
#include "proto/processes/child_process.h"
#include "proto/processes/message_pipe.h"
#include "proto/processes/runner_requests.h"
#include "tuner/search/task_cost.h"

namespace diapason::tuner {
absl::StatusOr<v1::MachineSpeed> MeasureMachineSpeed(const Installation& installation, int cpu) {
  ChildOptions options;
  options.argv = {installation.Program("device-runner")};
  options.stderr_path = "/dev/null";
  DIAPASON_ASSIGN_OR_RETURN(const std::unique_ptr<ChildProcess> runner, ChildProcess::Start(options));
  v1::RunRequest request = SpeedRequest();
  request.set_cpu(cpu);
  request.set_sandbox(v1::SANDBOX_REDUCED);
  v1::RunResponse response;
  DIAPASON_RETURN_IF_ERROR(StartRequest(*runner, request, response));
  if (!response.has_outcome())
    DIAPASON_RETURN_IF_ERROR(ReadMessage(runner->read_fd(), response, kRunnerCheckTimeout));
  if (response.has_speed()) return response.speed();
  return absl::FailedPreconditionError(
      absl::StrCat("device-runner has not measured this machine: ", response.outcome().message()));
}

std::vector<double> TaskLimits(const compiler::model::Manifest& manifest,
                               const compiler::graph::Program& program, const v1::MachineSpeed& speed,
                               const Installation& installation, int threads) {
  const v1::Target host = compiler::runtime::HostTarget();
  const auto sketches = compiler::space::LoadSketches(installation.sketches);
  std::map<std::string, const v1::Workload*> workloads;
  for (const v1::Workload& workload : program.workloads) workloads[workload.id()] = &workload;
  std::vector<double> limits;
  for (const compiler::model::ManifestTask& task : manifest.tasks) {
    const auto found = workloads.find(task.workload_id);
    if (found == workloads.end()) {
      limits.push_back(0);
      continue;
    }
    // A sketch may need fewer products than the workload says, as Winograd's algorithm does.
    compiler::space::StatedCost stated;
    if (sketches.ok()) {
      const auto space = compiler::space::ScheduleSpace::Create(found->second->text(), *sketches, host);
      if (space.ok()) stated = (*space)->Cost();
    }
    const TaskCost cost = CostOfTask(*found->second, host, speed, stated);
    limits.push_back(std::max(cost.limit_us / threads, cost.moving_us));
  }
  return limits;
}

}  // namespace diapason::tuner
