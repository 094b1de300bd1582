#include "tuner/cli/command_text.h"

#include "tuner/cli/server_connection.h"
#include "tuner/cli/shell_word.h"

namespace diapason::tuner {

std::string ModelArguments(const ModelOption& model) {
  std::string text = ShellWord(model.path);
  for (const std::string& dim : model.dims) AppendOption("--dim", dim, text);
  for (const std::string& shape : model.shapes) AppendOption("--shape", shape, text);
  for (const std::string& value : model.values) AppendOption("--value", value, text);
  if (model.fast_math) text += " --fast-math";
  if (model.accuracy != "default") AppendOption("--accuracy", model.accuracy, text);
  if (model.partial) text += " --partial";
  return text;
}

std::string LogArguments(const LogOption& log) {
  if (!log.server.server.empty()) return ServerArguments(log.server);
  std::string text;
  AppendOption("--db", log.db, text);
  return text;
}

}  // namespace diapason::tuner
