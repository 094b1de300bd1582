// Commands that are printed for the user to paste into a shell: they contain all that they need.
#ifndef DIAPASON_TUNER_CLI_COMMAND_TEXT_H_
#define DIAPASON_TUNER_CLI_COMMAND_TEXT_H_

#include <string>

#include "tuner/cli/log_source.h"
#include "tuner/cli/model_tasks.h"

namespace diapason::tuner {

// "model.onnx --dim batch=1 --fast-math".
std::string ModelArguments(const ModelOption& model);

// "--server HOST:PORT --cert FILE ..." where a server is named, else "--db sqlite:PATH".
std::string LogArguments(const LogOption& log);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_COMMAND_TEXT_H_
