// What the commands of `diapason` share: how one is added, how it ends.
#ifndef DIAPASON_TUNER_CLI_COMMAND_H_
#define DIAPASON_TUNER_CLI_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/status/status.h"

namespace diapason::tuner {

// Exit codes; also in --help and in the folder's README. 100 and above: wrong command line (CLI11).
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;       // something of ours failed, or a job ended without a result
inline constexpr int kExitBadInput = 2;     // model, sketch, target, an option's value, an output's place
inline constexpr int kExitLogUnusable = 3;  // not there, not writable, of a newer version, corrupt, in use
inline constexpr int kExitUnavailable = 4;  // no server, or no device that fits
inline constexpr int kExitMismatch = 5;     // outputs are not what was expected
inline constexpr int kExitInterrupted = 130;

inline constexpr int kMaxThreads = 1024;  // of `run` and `bench`: the run-time's limit

// The one place that says which error gives which exit code; 0 for OK.
int ExitCodeOf(const absl::Status& status);

// What a person is told about an error: never empty.
std::string ErrorText(const absl::Status& status);

// Says "diapason: MESSAGE" on stderr and returns the exit code of the status. Says nothing where it is OK.
int Report(const absl::Status& status);
// The same with an exit code of the caller's for what is not the log's fault.
int Report(const absl::Status& status, int exit_code);

// Adds a subcommand whose body's result becomes the program's exit code.
using Body = std::function<int()>;
void SetBody(CLI::App& command, int& exit_code, Body body);

// One function for each command, in a file of its name.
void AddTune(CLI::App& app, int& exit_code);
void AddCompile(CLI::App& app, int& exit_code);
void AddQuery(CLI::App& app, int& exit_code);
void AddExplain(CLI::App& app, int& exit_code);
void AddRun(CLI::App& app, int& exit_code);
void AddBench(CLI::App& app, int& exit_code);
void AddDevices(CLI::App& app, int& exit_code);
void AddJobs(CLI::App& app, int& exit_code);
void AddCancel(CLI::App& app, int& exit_code);
void AddDoctor(CLI::App& app, int& exit_code);
void AddSampleModel(CLI::App& app, int& exit_code);
void AddWatch(CLI::App& app, int& exit_code);
void AddVersion(CLI::App& app, int& exit_code);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_COMMAND_H_
