// The commands that a report shows, so that its reader can repeat the work. Pure functions.
#ifndef DIAPASON_TUNER_CLI_REPORT_COMMANDS_H_
#define DIAPASON_TUNER_CLI_REPORT_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tuner/report/report_data.h"

namespace diapason::tuner {

// How `diapason tune` was called. The texts named "arguments" are already quoted for a shell. The others are
// not.
struct TuneCommandLine {
  std::string model_arguments;  // made by ModelArguments
  std::string log_arguments;    // made by LogArguments
  bool log_is_file = false;     // false if the log is a tuner-server's
  std::string target;
  int64_t trials = 0;  // 0 if the option was not given
  std::string time;    // empty if the option was not given
  std::vector<std::string> sketches;
  bool only_these_sketches = false;
  uint64_t seed = 0;              // 0 if the option was not given
  int priority = 0;               // 0 if the option was not given
  std::vector<int> threads = {};  // empty if the option was not given
  std::string output;
};

// Returns the commands that tune again, compile, measure and, if `main_task` is not empty, explain the task
// with this id. The last one is left out for a server's log, because `diapason explain` does not ask servers.
std::vector<ReportCommand> ReportCommands(const TuneCommandLine& line, const std::string& main_task);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_REPORT_COMMANDS_H_
