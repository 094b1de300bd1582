#include "tests/tuner/server/programs.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "compiler/runtime/host_target.h"
#include "compiler/workload/workload.h"
#include "tests/testing/workloads.h"

namespace diapason::tuner {

namespace fs = std::filesystem;

std::string ProgramPath(const std::string& name) {
  if (absl::StartsWith(name, "/")) return name;
  return absl::StrCat(std::getenv("DIAPASON_BUILD_DIR"), "/bin/", name);
}

TestFolder::TestFolder() {
  if (const char* old = std::getenv("TMPDIR")) old_tmpdir_ = old;
  std::string name = (fs::temp_directory_path() / "diapason-test-XXXXXX").string();
  path_ = mkdtemp(name.data());
  temporary_ = path_ + "-tmp";
  fs::create_directory(temporary_);
  setenv("TMPDIR", temporary_.c_str(), 1);
}

TestFolder::~TestFolder() {
  if (old_tmpdir_.empty()) {
    unsetenv("TMPDIR");
  } else {
    setenv("TMPDIR", old_tmpdir_.c_str(), 1);
  }
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  fs::remove_all(temporary_, ignored);
}

std::string TestFolder::Path(const std::string& name) const { return absl::StrCat(path_, "/", name); }

static std::vector<std::string> NamesIn(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path)) names.push_back(entry.path().filename());
  return names;
}

std::vector<std::string> TestFolder::Names() const { return NamesIn(path_); }
std::vector<std::string> TestFolder::TemporaryNames() const { return NamesIn(temporary_); }

Program::Program(std::vector<std::string> arguments) {
  ChildOptions options;
  options.argv = std::move(arguments);
  options.argv[0] = ProgramPath(options.argv[0]);
  options.stderr_path = output_.path();
  auto child = ChildProcess::Start(options);
  EXPECT_TRUE(child.ok()) << child.status();
  if (!child.ok()) std::abort();
  child_ = *std::move(child);
}

std::string Program::ReadLine() {
  std::string line;
  char c = 0;
  pollfd wait = {child_->read_fd(), POLLIN, 0};
  while (poll(&wait, 1, 20'000) > 0 && read(wait.fd, &c, 1) == 1 && c != '\n') line.push_back(c);
  return c == '\n' ? line : "";
}

void Program::Signal(int signal) { kill(child_->pid(), signal); }

int Program::Wait(absl::Duration timeout) {
  const auto exit = child_->Wait(timeout);
  if (!exit.ok()) return -1;
  return exit->exited ? exit->code : 128 + exit->signal;
}

TrackerProgram StartTracker(const std::string& address) {
  TrackerProgram tracker;
  tracker.program = std::make_unique<Program>(
      std::vector<std::string>{"tracker", "--listen", address.empty() ? "127.0.0.1:0" : address});
  std::smatch port;
  for (int i = 0; i < 200 && tracker.address.empty(); ++i) {
    const std::string says = tracker.program->Output();
    if (std::regex_search(says, port, std::regex("listens on .*port=([0-9]+)")))
      tracker.address = absl::StrCat("127.0.0.1:", port[1].str());
    absl::SleepFor(absl::Milliseconds(50));
  }
  return tracker;
}

ProgramResult RunProgram(std::vector<std::string> arguments, absl::Duration timeout) {
  Program program(std::move(arguments));
  const int code = program.Wait(timeout);
  return {code, program.Output()};
}

std::vector<std::string> ProcessesWith(const std::string& text) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    std::string line((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    for (char& c : line) c = c == '\0' ? ' ' : c;
    if (absl::StrContains(line, text)) found.push_back(line);
  }
  return found;
}

v1::SubmitJobRequest SmallConvolution(int64_t trials) {
  testing::Conv conv;
  conv.height = conv.width = 14;
  conv.channels = conv.filters = 32;
  const auto workload = compiler::workload::MakeWorkload(testing::ConvWorkload(conv));
  EXPECT_TRUE(workload.ok()) << workload.status();
  v1::SubmitJobRequest request;
  request.set_name("small convolution");
  v1::JobTask* task = request.add_tasks();
  task->set_weight(1);
  if (workload.ok()) *task->mutable_workload() = *workload;
  *request.mutable_target() = compiler::runtime::HostTarget();
  request.mutable_budget()->set_trials(trials);
  request.set_whole_budget(true);
  return request;
}

}  // namespace diapason::tuner
