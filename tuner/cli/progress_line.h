// The line that shows how a job goes on while a command waits for it.
#ifndef DIAPASON_TUNER_CLI_PROGRESS_LINE_H_
#define DIAPASON_TUNER_CLI_PROGRESS_LINE_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"

namespace diapason::tuner {

// Shows progress on stderr: one line that is overwritten if stderr is a terminal, and otherwise a new line
// every few seconds. Not thread-safe.
class ProgressLine {
 public:
  ProgressLine();
  // Removes the line from a terminal.
  ~ProgressLine();
  // Shows `text`. If stderr is not a terminal, a text that comes too soon after the last one is left out.
  void Show(const std::string& text);

 private:
  const bool terminal_;
  size_t shown_ = 0;  // columns that the next line must overwrite
  absl::Time last_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_PROGRESS_LINE_H_
