// Words of commands that are printed for the user to paste into a shell.
#ifndef DIAPASON_TUNER_CLI_SHELL_WORD_H_
#define DIAPASON_TUNER_CLI_SHELL_WORD_H_

#include <string>

#include "absl/strings/string_view.h"

namespace diapason::tuner {

// One word for a POSIX shell: in quotes where it holds anything that a shell reads otherwise.
std::string ShellWord(absl::string_view text);

// Appends " OPTION VALUE" to the arguments in `text` (without the space where they are empty); nothing for an
// empty value.
void AppendOption(absl::string_view option, absl::string_view value, std::string& text);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_SHELL_WORD_H_
