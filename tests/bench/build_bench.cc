// Measures how long a candidate takes to build:
//   build_bench LOG.db [COUNT [TASK]]
// Takes the newest COUNT (default 20) successful schedules of each task of a tuning log, or of the tasks
// whose id begins with TASK. Builds them again as the search does, with the sketches of the log, in this
// process on one core. Prints the milliseconds of CPU time of each stage and the size of the artifacts, as
// medians over the task's schedules, and the median of the whole log. Run it alone on an idle core.
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "compiler/codegen/backends.h"
#include "compiler/codegen/kernel_backend.h"
#include "compiler/space/schedule_space.h"
#include "db/record_store.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_kind.h"
#include "proto/statistics/quantile.h"
#include "tuner/compile/tuning_log.h"

namespace diapason::bench {
namespace {

using Measurements = std::map<std::string, std::vector<double>>;  // for each column the values of all builds

absl::Status BuildAgain(const db::RecordStore& store, const v1::Workload& workload, const v1::Record& record,
                        Measurements& stages) {
  DIAPASON_ASSIGN_OR_RETURN(const v1::Sketch sketch, store.GetSketch(record.schedule().sketch_hash()));
  DIAPASON_ASSIGN_OR_RETURN(
      const auto space, compiler::space::ScheduleSpace::Create(workload.text(), {sketch}, record.target()));
  DIAPASON_ASSIGN_OR_RETURN(const compiler::space::ScheduleConfig config,
                            space->FromSchedule(record.schedule()));
  static const auto backend = compiler::codegen::MakeBackend(KindOf(record.target()));
  DIAPASON_RETURN_IF_ERROR(backend.status());
  v1::BuildRequest request;
  *request.mutable_target() = record.target();
  request.set_workload_text(workload.text());
  request.set_optimization(v1::OPTIMIZATION_SEARCH);
  DIAPASON_ASSIGN_OR_RETURN(*request.mutable_script(), space->Render(config));
  const v1::BuildResponse response = (*backend)->Build(request);
  if (response.outcome().kind() != v1::OUTCOME_KIND_OK) {
    return absl::InternalError(response.outcome().message());
  }
  double total = 0;
  for (const v1::StageTime& stage : response.stages()) {
    stages[stage.stage()].push_back(stage.us() / 1e3);
    total += stage.us() / 1e3;
  }
  stages["total"].push_back(total);
  stages["KB"].push_back(static_cast<double>(response.artifact().size()) / 1024);
  return absl::OkStatus();
}

absl::Status Run(const std::string& path, int count, absl::string_view prefix) {
  constexpr absl::string_view kStages[] = {"parse",   "transform", "lower", "llvm",
                                           "codegen", "link",      "total", "KB"};
  DIAPASON_ASSIGN_OR_RETURN(const auto store,
                            tuner::OpenTuningLog(absl::StrCat("sqlite:", path), db::OpenMode::kReadOnly));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::Workload> workloads, store->FindWorkloads(prefix));
  for (const absl::string_view stage : kStages) std::cout << absl::StreamFormat("%10s", stage);
  std::cout << "\n";
  std::vector<double> totals;
  for (const v1::Workload& workload : workloads) {
    DIAPASON_ASSIGN_OR_RETURN(
        const std::vector<v1::Record> records,
        store->FindRecords({.workload_id = workload.id(), .only_ok = true, .limit = count}));
    Measurements stages;
    for (const v1::Record& record : records) {
      absl::Status status = BuildAgain(*store, workload, record, stages);
      if (!status.ok()) std::cerr << record.trial_id() << ": " << status.message() << "\n";
    }
    if (stages.empty()) continue;
    for (const absl::string_view stage : kStages) {
      const auto times = stages.find(std::string(stage));
      std::cout << absl::StreamFormat("%10.2f", times == stages.end() ? 0 : Median(times->second));
    }
    std::cout << "  " << workload.id().substr(0, 8) << "  " << workload.summary() << std::endl;
    totals.insert(totals.end(), stages["total"].begin(), stages["total"].end());
  }
  if (totals.empty()) return absl::NotFoundError(absl::StrCat(path, " has no successful records"));
  std::cout << absl::StreamFormat("%70.2f", Median(totals)) << "  ms median of " << totals.size()
            << " builds\n";
  return absl::OkStatus();
}

}  // namespace
}  // namespace diapason::bench

int main(int argc, char** argv) {
  const int count = argc > 2 ? std::atoi(argv[2]) : 20;
  if (argc < 2 || argc > 4 || count <= 0) {
    std::cerr << "usage: build_bench LOG.db [COUNT [TASK]]\n";
    return 2;
  }
  const absl::Status status = diapason::bench::Run(argv[1], count, argc > 3 ? argv[3] : "");
  if (status.ok()) return 0;
  std::cerr << status.message() << "\n";
  return 1;
}
