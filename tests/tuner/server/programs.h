// Starts, controls and kills the real programs in tests.
#ifndef DIAPASON_TESTS_TUNER_SERVER_PROGRAMS_H_
#define DIAPASON_TESTS_TUNER_SERVER_PROGRAMS_H_

#include <memory>
#include <string>
#include <vector>

#include "diapason/v1/tuner.pb.h"
#include "proto/processes/captured_stderr.h"
#include "proto/processes/child_process.h"

namespace diapason::tuner {

// Returns the path of a program of this build. An absolute path is returned unchanged.
std::string ProgramPath(const std::string& name);

// A folder that is removed at the end of the test, and a second one that TMPDIR names meanwhile, because
// agents with the same name cannot share a temporary folder. Only one object may exist at a time.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  std::string Path(const std::string& name) const;
  std::vector<std::string> Names() const;
  std::vector<std::string> TemporaryNames() const;

 private:
  std::string path_;
  std::string temporary_;
  std::string old_tmpdir_;
};

// A program that runs in the background until it ends or this object is destroyed.
class Program {
 public:
  // `arguments` begin with the program's name.
  explicit Program(std::vector<std::string> arguments);

  pid_t pid() const { return child_->pid(); }
  // Returns the line that the program writes to descriptor 4 (--ready-fd 4), or an empty string if none
  // comes in 20 s.
  std::string ReadLine();
  void Signal(int signal);
  // Returns the exit code, 128 + signal if the program was killed, or -1 if it still runs after `timeout`.
  int Wait(absl::Duration timeout);
  std::string Output() const { return output_.Text(); }  // stdout and stderr

 private:
  CapturedStderr output_;
  std::unique_ptr<ChildProcess> child_;
};

// The program `tracker`, and the address on which it listens (HOST:PORT).
struct TrackerProgram {
  std::unique_ptr<Program> program;
  std::string address;  // empty if it did not start; the program's output says why
};
TrackerProgram StartTracker(const std::string& address = "");

// The exit code of a program that has ended, and its output.
struct ProgramResult {
  int code = -1;
  std::string text;
};
ProgramResult RunProgram(std::vector<std::string> arguments, absl::Duration timeout = absl::Seconds(60));

// Returns the processes whose command line contains `text`.
std::vector<std::string> ProcessesWith(const std::string& text);

// Returns a job with this budget for this machine. Its one task is a 3x3 convolution on 14x14.
v1::SubmitJobRequest SmallConvolution(int64_t trials);

}  // namespace diapason::tuner

#endif  // DIAPASON_TESTS_TUNER_SERVER_PROGRAMS_H_
