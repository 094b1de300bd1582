// Turns the user's arguments into the input of a job: a model or kernel into workloads, and the name of a
// target into the target.
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

// The arguments that name a model or kernel.
struct ModelOption {
  std::string path;
  std::vector<std::string> dims;    // NAME=VALUE
  std::vector<std::string> shapes;  // INPUT=1x3x224x224
  std::vector<std::string> values;  // INPUT=NUMBER,...
  bool fast_math = false;
  std::string accuracy = "default";  // or "strict"
  bool partial = false;
};

// Adds the argument MODEL and the options --dim, --shape, --value, --fast-math and --accuracy.
void AddModelOptions(CLI::App& command, ModelOption& option);

// Adds the option --partial, for commands that do not compile the model.
void AddPartialOption(CLI::App& command, ModelOption& option);

// Loads the model or kernel. Prints warnings to stderr and, with --partial, what was left out. Returns the
// errors of LoadModel, and InvalidArgument if the value of a --dim, --shape or --value is not of its form.
absl::StatusOr<compiler::graph::Program> LoadProgram(const ModelOption& option);

// Reports an error of LoadProgram, as Report (command.h) does. With `json`, also prints the parts of the
// model that are not supported to stdout (v1::Refusal), if these are the reason.
int ReportLoadError(const absl::Status& status, bool json);

// Returns one task for each workload, weighted by how often the workload occurs.
std::vector<v1::JobTask> TasksOf(const compiler::graph::Program& program);

// Returns the target "host", the target of this name, or the one in a YAML file. (ResolveTarget in
// target_option.h also accepts devices.) Returns NotFound with a list of the known targets.
absl::StatusOr<v1::Target> TargetOf(const std::string& name, const Installation& installation);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_MODEL_TASKS_H_
