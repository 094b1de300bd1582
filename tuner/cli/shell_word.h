// Quotes words of commands that are printed for the user to paste into a shell.
#ifndef DIAPASON_TUNER_CLI_SHELL_WORD_H_
#define DIAPASON_TUNER_CLI_SHELL_WORD_H_

#include <string>

#include "absl/strings/string_view.h"

namespace diapason::tuner {

// Returns `text` as one word for a POSIX shell, in quotes if it has a character with a special meaning.
std::string ShellWord(absl::string_view text);

// Appends " OPTION VALUE" to the arguments in `text`, or without the space if `text` is empty. Does
// nothing if `value` is empty.
void AppendOption(absl::string_view option, absl::string_view value, std::string& text);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_SHELL_WORD_H_
