// The commands that a report names, so that its reader can repeat what it tells. Pure.
#ifndef DIAPASON_TUNER_CLI_REPORT_COMMANDS_H_
#define DIAPASON_TUNER_CLI_REPORT_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tuner/cli/report_data.h"

namespace diapason::tuner {

// How `diapason tune` was called. Texts named "arguments" are quoted for a shell already, the others are not.
struct TuneCommandLine {
  std::string model_arguments;  // ModelArguments
  std::string log_arguments;    // LogArguments
  bool log_is_file = false;     // not a server's
  std::string target;
  int64_t trials = 0;  // 0: not given
  std::string time;    // empty: not given; so are the others
  std::vector<std::string> sketches;
  bool only_these_sketches = false;
  uint64_t seed = 0;
  int priority = 0;
  std::string output;
};

// `main_task` is the id of the task to explain; empty: none is explained. A task is explained from a file
// only, because `diapason explain` does not ask servers.
std::vector<ReportCommand> ReportCommands(const TuneCommandLine& line, const std::string& main_task);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_REPORT_COMMANDS_H_
