// The user's files as what is tuned: a model's or a kernel's workloads, targets by their names, sketches.
#ifndef DIAPASON_TUNER_CLI_MODEL_TASKS_H_
#define DIAPASON_TUNER_CLI_MODEL_TASKS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/graph/program.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/build/installation.h"

namespace diapason::tuner {

struct ModelOption {
  std::string path;
  std::vector<std::string> dims;  // NAME=VALUE
  bool fast_math = false;
};

// The positional MODEL, --dim and --fast-math.
void AddModelOptions(CLI::App& command, ModelOption& option);

// Codes of LoadModel; InvalidArgument: a --dim that is no NAME=VALUE.
absl::StatusOr<compiler::Program> LoadProgram(const ModelOption& option);

std::vector<v1::JobTask> TasksOf(const compiler::Program& program);

// "host", a target's name or a YAML file; target_option.h also knows devices. NotFound lists those there are.
absl::StatusOr<v1::Target> TargetOf(const std::string& name, const Installation& installation);

// Reads and completes the user's sketches. `tasks` and `target`: each sketch must have a legal schedule for at least
// one of them, or the error says why it has not (MLIR's message and line included).
absl::StatusOr<std::vector<v1::Sketch>> ReadSketches(const std::vector<std::string>& paths,
                                                     const Installation& installation,
                                                     const std::vector<v1::JobTask>& tasks,
                                                     const v1::Target& target);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_MODEL_TASKS_H_
