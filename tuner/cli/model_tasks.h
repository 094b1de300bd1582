// The user's files as what is tuned: a model's or a kernel's workloads, targets by their names.
#ifndef DIAPASON_TUNER_CLI_MODEL_TASKS_H_
#define DIAPASON_TUNER_CLI_MODEL_TASKS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/graph/program.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/compile/installation.h"

namespace diapason::tuner {

struct ModelOption {
  std::string path;
  std::vector<std::string> dims;  // NAME=VALUE
  bool fast_math = false;
};

// The positional MODEL, --dim and --fast-math.
void AddModelOptions(CLI::App& command, ModelOption& option);

// Codes of LoadModel; InvalidArgument: a --dim that is no NAME=VALUE.
absl::StatusOr<compiler::graph::Program> LoadProgram(const ModelOption& option);

std::vector<v1::JobTask> TasksOf(const compiler::graph::Program& program);

// "host", a target's name or a YAML file; target_option.h also knows devices. NotFound lists those there are.
absl::StatusOr<v1::Target> TargetOf(const std::string& name, const Installation& installation);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_MODEL_TASKS_H_
