// The real programs, for tests: started, spoken to, killed.
#ifndef DIAPASON_TESTS_TUNER_SERVER_PROGRAMS_H_
#define DIAPASON_TESTS_TUNER_SERVER_PROGRAMS_H_

#include <memory>
#include <string>
#include <vector>

#include "diapason/v1/tuner.pb.h"
#include "proto/processes/captured_stderr.h"
#include "proto/processes/child_process.h"

namespace diapason::tuner {

// Path of a program of this build; a path stays what it is.
std::string ProgramPath(const std::string& name);

// A folder that is gone with the test, and another one for the temporary files (TMPDIR) of programs started
// meanwhile: agents of one name cannot share theirs. One at a time.
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

// A program that runs in the background, until it is told to end or destroyed.
class Program {
 public:
  // `arguments` begin with the program's name.
  explicit Program(std::vector<std::string> arguments);

  pid_t pid() const { return child_->pid(); }
  // A line that it writes to descriptor 4 (--ready-fd 4); empty: none in 20 s.
  std::string ReadLine();
  void Signal(int signal);
  // Its exit code; 128 + signal where it was killed; -1: it still runs after `timeout`.
  int Wait(absl::Duration timeout);
  std::string Says() const { return says_.Text(); }  // stdout and stderr

 private:
  CapturedStderr says_;
  std::unique_ptr<ChildProcess> child_;
};

// The program `tracker`, and where it listens (HOST:PORT). `address`: where it shall; empty: on a free port.
struct TrackerProgram {
  std::unique_ptr<Program> program;
  std::string address;  // empty: it did not come up; the program says why
};
TrackerProgram StartTracker(const std::string& address = "");

// Runs a program to its end; its exit code, and what it said.
struct Ran {
  int code = -1;
  std::string text;
};
Ran RunProgram(std::vector<std::string> arguments, absl::Duration timeout = absl::Seconds(60));

// Processes whose command line has `text` in it.
std::vector<std::string> ProcessesWith(const std::string& text);

// A convolution of 3x3 on 14x14, as one task of a job with this budget, for this machine.
v1::SubmitJobRequest SmallConvolution(int64_t trials);

}  // namespace diapason::tuner

#endif  // DIAPASON_TESTS_TUNER_SERVER_PROGRAMS_H_
