// The option --threads of a command that tunes for several numbers of threads.
#ifndef DIAPASON_TUNER_CLI_THREADS_OPTION_H_
#define DIAPASON_TUNER_CLI_THREADS_OPTION_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace diapason::tuner {

// Adds the option, whose value is a list such as "1,2,4".
void AddThreadsOption(CLI::App& command, std::vector<int>& threads);

// Returns for how many threads a tuned model is compiled: for the smallest number of the list, or for 1 if
// the option was not given.
int ModelThreads(const std::vector<int>& threads);

// Returns e.g. "1 thread" or "2 threads".
std::string ThreadsText(int threads);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_THREADS_OPTION_H_
