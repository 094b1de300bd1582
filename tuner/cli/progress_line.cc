#include "tuner/cli/progress_line.h"

#include <unistd.h>

#include <cstdio>

#include "absl/time/clock.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kLineEvery = absl::Seconds(5);  // if stderr is not a terminal
constexpr size_t kTerminalColumns = 79;

}  // namespace

ProgressLine::ProgressLine() : terminal_(isatty(STDERR_FILENO) == 1), last_(absl::InfinitePast()) {}

ProgressLine::~ProgressLine() {
  if (shown_ > 0) std::fprintf(stderr, "\r%*s\r", static_cast<int>(shown_), "");
}

void ProgressLine::Show(const std::string& text) {
  if (terminal_) {
    const std::string line = text.substr(0, kTerminalColumns);
    std::fprintf(stderr, "\r%-*s", static_cast<int>(shown_), line.c_str());
    shown_ = line.size();
    return;
  }
  if (absl::Now() - last_ < kLineEvery) return;
  last_ = absl::Now();
  std::fprintf(stderr, "%s\n", text.c_str());
}

}  // namespace diapason::tuner
