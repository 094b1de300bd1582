#include "tuner/cli/report_commands.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tuner/cli/shell_word.h"
#include "tuner/cli/threads_option.h"

namespace diapason::tuner {
namespace {

constexpr char kAgain[] =
    "Tune again with the same options. The search begins with what the log already knows; to begin "
    "with nothing, name a new log:";
constexpr char kAgainOnServer[] =
    "Tune again with the same options. The search begins with what the server's log already knows:";

}  // namespace

std::vector<ReportCommand> ReportCommands(const TuneCommandLine& line, const std::string& main_task) {
  std::string tune = absl::StrCat("diapason tune ", line.model_arguments, " ", line.log_arguments);
  AppendOption("--target", line.target, tune);
  if (line.trials > 0) absl::StrAppend(&tune, " --trials ", line.trials);
  AppendOption("--time", line.time, tune);
  for (const std::string& sketch : line.sketches) AppendOption("--sketch", sketch, tune);
  if (line.only_these_sketches) tune += " --only-sketch";
  absl::StrAppend(&tune, " --seed ", line.seed);
  if (line.priority != 0) absl::StrAppend(&tune, " --priority ", line.priority);
  if (!line.threads.empty()) absl::StrAppend(&tune, " --threads ", absl::StrJoin(line.threads, ","));
  AppendOption("-o", line.output, tune);
  std::string compile = absl::StrCat("diapason compile ", line.model_arguments, " ", line.log_arguments);
  AppendOption("--target", line.target, compile);
  const int threads = ModelThreads(line.threads);
  if (threads != 1) absl::StrAppend(&compile, " --threads ", threads);
  AppendOption("-o", line.output, compile);
  std::vector<ReportCommand> commands = {
      {line.log_is_file ? kAgain : kAgainOnServer, tune},
      {"Compile the model with the best schedules of the log:", compile},
      {"Time the library, on a machine of this target:",
       absl::StrCat("diapason bench ", ShellWord(line.output), " --threads ", threads)}};
  if (line.log_is_file && !main_task.empty()) {
    std::string explain = absl::StrCat("diapason explain ", main_task, " ", line.log_arguments);
    AppendOption("--target", line.target, explain);
    commands.push_back({"Show the best schedule of the task with the largest share, as MLIR:", explain});
  }
  return commands;
}

}  // namespace diapason::tuner
