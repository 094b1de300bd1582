// Makes the arguments of commands that are printed for the user to paste into a shell. The commands are
// complete.
#ifndef DIAPASON_TUNER_CLI_COMMAND_TEXT_H_
#define DIAPASON_TUNER_CLI_COMMAND_TEXT_H_

#include <string>

#include "tuner/cli/log_source.h"
#include "tuner/cli/model_tasks.h"

namespace diapason::tuner {

// Returns for example "model.onnx --dim batch=1 --fast-math".
std::string ModelArguments(const ModelOption& model);

// Returns "--server HOST:PORT --cert FILE ..." if a server is named, and "--db sqlite:PATH" otherwise.
std::string LogArguments(const LogOption& log);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_COMMAND_TEXT_H_
