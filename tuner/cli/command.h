// What all commands of `diapason` share: exit codes, error messages, and how a command is added.
#ifndef DIAPASON_TUNER_CLI_COMMAND_H_
#define DIAPASON_TUNER_CLI_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/status/status.h"

namespace diapason::tuner {

// Exit codes. They are also in --help and in README.md of this folder. Codes from 100 on mean that the
// command line is not valid (CLI11).
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;       // an error of ours, or a job ended without a result
inline constexpr int kExitBadInput = 2;     // model, sketch, target, value of an option, or output path
inline constexpr int kExitLogUnusable = 3;  // missing, not writable, of a newer version, corrupt, or in use
inline constexpr int kExitUnavailable = 4;  // no server answers, or no matching device is connected
inline constexpr int kExitMismatch = 5;     // outputs differ from the expected ones
inline constexpr int kExitInterrupted = 130;

// The largest number of threads for `run` and `bench`, which is the limit of the run-time.
inline constexpr int kMaxThreads = 1024;

// Returns the exit code for an error, or 0 for OK. All commands use this function.
int ExitCodeOf(const absl::Status& status);

// Returns the text that a user reads about an error. It is never empty.
std::string ErrorText(const absl::Status& status);

// Prints "diapason: MESSAGE" to stderr and returns the exit code of the status. Prints nothing if the
// status is OK.
int Report(const absl::Status& status);
// The same, but returns `exit_code` unless the status is OK or the tuning log is at fault.
int Report(const absl::Status& status, int exit_code);

// Sets what a subcommand does. The result of `body` becomes the program's exit code.
using Body = std::function<int()>;
void SetBody(CLI::App& command, int& exit_code, Body body);

// There is one function for each command, in a file of its name. It adds the command to `app`.
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
