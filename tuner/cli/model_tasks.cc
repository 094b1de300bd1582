#include "tuner/cli/model_tasks.h"

#include <cstdio>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "compiler/importer/load_model.h"
#include "compiler/targets/target_registry.h"
#include "proto/base/status_macros.h"
#include "tuner/cli/command.h"
#include "tuner/compile/user_text.h"
#include "tuner/report/json_text.h"

namespace diapason::tuner {
namespace {

// An input's name may contain '=' itself, so it ends at the last one.
std::pair<std::string, std::string> AtLastEquals(const std::string& option) {
  const size_t at = option.rfind('=');
  if (at == std::string::npos) return {};
  return {option.substr(0, at), option.substr(at + 1)};
}

absl::StatusOr<std::map<std::string, compiler::graph::Shape>> ParseShapes(
    const std::vector<std::string>& options) {
  std::map<std::string, compiler::graph::Shape> shapes;
  for (const std::string& option : options) {
    const auto [name, text] = AtLastEquals(option);
    compiler::graph::Shape shape;
    bool valid = !name.empty();
    for (absl::string_view part : absl::StrSplit(text, 'x', absl::SkipEmpty())) {
      valid &= absl::SimpleAtoi(part, &shape.emplace_back()) && shape.back() >= 0;
    }
    if (!valid || absl::StrJoin(shape, "x") != text)
      return absl::InvalidArgumentError(
          absl::StrCat("--shape ", option,
                       ": this is not INPUT=SIZExSIZE...; write for example --shape image=1x3x224x224"));
    shapes[name] = std::move(shape);
  }
  return shapes;
}

absl::StatusOr<std::map<std::string, std::vector<double>>> ParseValues(
    const std::vector<std::string>& options) {
  std::map<std::string, std::vector<double>> values;
  for (const std::string& option : options) {
    const auto [name, text] = AtLastEquals(option);
    std::vector<double> numbers;
    bool valid = !name.empty();
    for (absl::string_view part : absl::StrSplit(text, ','))
      valid &= absl::SimpleAtod(part, &numbers.emplace_back());
    if (!valid)
      return absl::InvalidArgumentError(absl::StrCat(
          "--value ", option, ": this is not INPUT=NUMBER,...; write for example --value rate=16000"));
    values[name] = std::move(numbers);
  }
  return values;
}

}  // namespace

void AddModelOptions(CLI::App& command, ModelOption& option) {
  command.add_option("MODEL", option.path, "*.onnx: a model; *.mlir: a kernel (linalg on tensors)")
      ->required();
  command.add_option("--dim", option.dims, "size of a dynamic dimension, NAME=VALUE; repeatable")
      ->allow_extra_args(false);
  command
      .add_option(
          "--shape", option.shapes,
          "shape of an input, INPUT=1x3x224x224, if its dimensions have no names, or share one; repeatable")
      ->allow_extra_args(false);
  command
      .add_option(
          "--value", option.values,
          "value of an input, INPUT=NUMBER or INPUT=NUMBER,NUMBER,..., which is then a constant; repeatable")
      ->allow_extra_args(false);
  command.add_flag(
      "--fast-math", option.fast_math,
      "treat floats as real numbers if that is faster: x / c becomes x * (1 / c), (x + b) + c "
      "becomes x + (b + c), x + 0 becomes x, and a * b + c is rounded once; the last digits may differ, "
      "NaN and infinities are kept");
  command
      .add_option("--accuracy", option.accuracy,
                  "strict leaves out algorithms that multiply rounding errors, such as Winograd's with large "
                  "tiles; a model that is tuned with it is compiled with it, too")
      ->check(CLI::IsMember({"default", "strict"}))
      ->capture_default_str();
}

void AddPartialOption(CLI::App& command, ModelOption& option) {
  command.add_flag("--partial", option.partial,
                   "if parts of the model are not supported, use the other parts, to see what they can gain; "
                   "the model itself cannot be compiled");
}

absl::StatusOr<compiler::graph::Program> LoadProgram(const ModelOption& option) {
  compiler::importer::LoadOptions load;
  v1::Refusal left_out;
  if (option.partial) load.left_out = &left_out;
  load.fast_math = option.fast_math;
  load.strict_accuracy = option.accuracy == "strict";
  std::vector<std::string> warnings;
  load.warnings = &warnings;
  DIAPASON_ASSIGN_OR_RETURN(load.shapes, ParseShapes(option.shapes));
  DIAPASON_ASSIGN_OR_RETURN(load.values, ParseValues(option.values));
  for (const std::string& dim : option.dims) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(dim, absl::MaxSplits('=', 1));
    int64_t value = 0;
    if (parts.first.empty() || !absl::SimpleAtoi(parts.second, &value) || value < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("--dim ", dim, ": this is not NAME=VALUE; write for example --dim batch=1"));
    }
    load.dims[parts.first] = value;
  }
  if (absl::EndsWith(option.path, ".mlir")) {
    DIAPASON_RETURN_IF_ERROR(
        TryToRead(option.path, [&] { return compiler::importer::LoadModel(option.path, load).status(); }));
  }
  auto program = compiler::importer::LoadModel(option.path, load);
  for (const std::string& warning : warnings) std::fprintf(stderr, "%s\n", warning.c_str());
  if (program.ok() && left_out.parts_size() > 0)
    std::fprintf(stderr, "%s; the other parts are used\n", left_out.error().c_str());
  return program;
}

int ReportLoadError(const absl::Status& status, bool json) {
  const std::optional<v1::Refusal> refusal = compiler::importer::RefusalOf(status);
  if (json && refusal) std::printf("%s\n", JsonText(*refusal).c_str());
  return Report(status);
}

std::vector<v1::JobTask> TasksOf(const compiler::graph::Program& program) {
  const std::vector<int> weights = compiler::graph::WorkloadWeights(program);
  std::vector<v1::JobTask> tasks(program.workloads.size());
  for (size_t i = 0; i < tasks.size(); ++i) {
    *tasks[i].mutable_workload() = program.workloads[i];
    tasks[i].set_weight(weights[i]);
  }
  return tasks;
}

absl::StatusOr<v1::Target> TargetOf(const std::string& name, const Installation& installation) {
  return compiler::targets::FindTarget(name, installation.targets);
}

}  // namespace diapason::tuner
