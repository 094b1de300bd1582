#include "tuner/cli/model_tasks.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "compiler/import/load_model.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "compiler/targets/target_registry.h"
#include "proto/base/status_macros.h"
#include "proto/processes/try_in_child.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kReadTime = absl::Seconds(60);

// Tries in a child process what reads the user's MLIR text: there are texts at which MLIR's parser crashes.
absl::Status TryToRead(const std::string& path, const std::function<absl::Status()>& read) {
  const absl::Status status = TryInChild(read, kReadTime);
  if (!absl::IsAborted(status) && !absl::IsDeadlineExceeded(status)) return status;
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": MLIR cannot read this text (", status.message(),
      "); look for a bracket that is missing or closes too early; mlir-opt-22 may show where"));
}

absl::Status CheckFits(const v1::Sketch& sketch, const std::vector<v1::JobTask>& tasks,
                       const v1::Target& target) {
  absl::Status last = absl::InvalidArgumentError("there is no task");
  for (const v1::JobTask& task : tasks) {
    last = compiler::ScheduleSpace::Create(task.workload().text(), {sketch}, target).status();
    if (last.ok()) return last;
  }
  return last;
}

absl::StatusOr<v1::Sketch> ReadSketch(const std::string& path, const Installation& installation,
                                      const std::vector<v1::JobTask>& tasks, const v1::Target& target) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read the sketch ", path));
  std::stringstream text;
  text << file.rdbuf();
  auto sketch = compiler::CompleteSketch(std::filesystem::path(path).stem().string(), text.str(),
                                         installation.sketches);
  if (!sketch.ok()) return WithContext(sketch.status(), path);
  const absl::Status fits = CheckFits(*sketch, tasks, target);
  if (!fits.ok())
    return absl::InvalidArgumentError(absl::StrCat(path, " has no schedule for this: ", fits.message()));
  return sketch;
}

}  // namespace

void AddModelOptions(CLI::App& command, ModelOption& option) {
  command.add_option("MODEL", option.path, "*.onnx: a model; *.mlir: a kernel (linalg on tensors)")
      ->required();
  command.add_option("--dim", option.dims, "NAME=VALUE of a dynamic dimension; repeatable")
      ->allow_extra_args(false);
  command.add_flag(
      "--fast-math", option.fast_math,
      "treat floats as real numbers where that is faster: x / c becomes x * (1 / c), (x + b) + c "
      "becomes x + (b + c), x + 0 becomes x, and a * b + c is rounded once; last places may differ, "
      "NaN and infinities are kept");
}

absl::StatusOr<compiler::Program> LoadProgram(const ModelOption& option) {
  compiler::LoadOptions load;
  load.fast_math = option.fast_math;
  for (const std::string& dim : option.dims) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(dim, absl::MaxSplits('=', 1));
    int64_t value = 0;
    if (parts.first.empty() || !absl::SimpleAtoi(parts.second, &value) || value < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("--dim ", dim, ": write NAME=VALUE, e.g. --dim batch=1"));
    }
    load.dims[parts.first] = value;
  }
  if (absl::EndsWith(option.path, ".mlir")) {
    DIAPASON_RETURN_IF_ERROR(
        TryToRead(option.path, [&] { return compiler::LoadModel(option.path, load).status(); }));
  }
  return compiler::LoadModel(option.path, load);
}

std::vector<v1::JobTask> TasksOf(const compiler::Program& program) {
  const std::vector<int> weights = compiler::WorkloadWeights(program);
  std::vector<v1::JobTask> tasks(program.workloads.size());
  for (size_t i = 0; i < tasks.size(); ++i) {
    *tasks[i].mutable_workload() = program.workloads[i];
    tasks[i].set_weight(weights[i]);
  }
  return tasks;
}

absl::StatusOr<v1::Target> TargetOf(const std::string& name, const Installation& installation) {
  return compiler::FindTarget(name, installation.targets);
}

absl::StatusOr<std::vector<v1::Sketch>> ReadSketches(const std::vector<std::string>& paths,
                                                     const Installation& installation,
                                                     const std::vector<v1::JobTask>& tasks,
                                                     const v1::Target& target) {
  std::vector<v1::Sketch> sketches;
  for (const std::string& path : paths) {
    const auto read = [&] { return ReadSketch(path, installation, tasks, target); };
    DIAPASON_RETURN_IF_ERROR(TryToRead(path, [&] { return read().status(); }));
    DIAPASON_ASSIGN_OR_RETURN(v1::Sketch sketch, read());
    sketches.push_back(std::move(sketch));
  }
  return sketches;
}

}  // namespace diapason::tuner
