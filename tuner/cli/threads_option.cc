#include "tuner/cli/threads_option.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tuner/cli/command.h"

namespace diapason::tuner {

void AddThreadsOption(CLI::App& command, std::vector<int>& threads) {
  command
      .add_option("--threads", threads,
                  "numbers of threads to tune for, e.g. 1,2,4 (default: 1 and all cores of the device)")
      ->check(CLI::Range(1, kMaxThreads))
      ->delimiter(',')
      ->allow_extra_args(false);
}

int ModelThreads(const std::vector<int>& threads) {
  return threads.empty() ? 1 : *std::min_element(threads.begin(), threads.end());
}

std::string ThreadsText(int threads) { return absl::StrCat(threads, threads == 1 ? " thread" : " threads"); }

}  // namespace diapason::tuner
