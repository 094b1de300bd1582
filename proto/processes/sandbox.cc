#include "proto/processes/sandbox.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "proto/processes/captured_stderr.h"
#include "proto/processes/child_process.h"

namespace diapason {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kProbeTimeout = absl::Seconds(5);

std::string FindBubblewrap() {
  for (const char* path : {"/usr/bin/bwrap", "/usr/local/bin/bwrap"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return "";
}

std::vector<std::string> FullCommand(const std::string& bubblewrap, const SandboxedProgram& program) {
  std::vector<std::string> command = {bubblewrap,   "--unshare-all", "--die-with-parent",
                                      "--cap-drop", "ALL",           "--clearenv"};
  const auto add = [&](std::initializer_list<std::string> words) {
    command.insert(command.end(), words.begin(), words.end());
  };
  add({"--ro-bind", "/usr", "/usr"});
  for (const char* name : {"/lib", "/lib64", "/lib32"}) {  // these are links into /usr on Debian
    std::error_code error;
    const fs::path link = fs::read_symlink(name, error);
    if (!error) {
      add({"--symlink", link.string(), name});
    } else {
      add({"--ro-bind-try", name, name});
    }
  }
  add({"--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"});
  add({"--ro-bind", "/sys", "/sys", "--proc", "/proc"});
  const std::string program_dir = fs::path(program.command.back()).parent_path().string();
  const std::string library_dir = fs::path(program_dir).parent_path().string() + "/lib";
  for (const std::string& dir : {program_dir, library_dir}) add({"--ro-bind-try", dir, dir});
  for (const std::string& dir : program.readable) add({"--ro-bind-try", dir, dir});
  command.insert(command.end(), program.command.begin(), program.command.end());
  return command;
}

// Returns why the command cannot start the program, or "" if it can. The program gets no input, so it ends at
// once with the exit code.
std::string TryCommand(const std::vector<std::string>& command, int exit_code) {
  const CapturedStderr output;
  ChildOptions options;
  options.argv = command;
  options.stderr_path = output.path();
  absl::StatusOr<std::unique_ptr<ChildProcess>> child = ChildProcess::Start(options);
  if (!child.ok()) return std::string(child.status().message());
  (*child)->CloseWrite();
  const absl::StatusOr<ChildExit> exit = (*child)->Wait(kProbeTimeout);
  if (!exit.ok()) return "bubblewrap did not end";
  if (exit->exited && exit->code == exit_code) return "";
  const std::string said = output.Text();
  return said.empty() ? absl::StrCat("bubblewrap ended with exit code ", exit->code)
                      : said.substr(0, said.find('\n'));
}

}  // namespace

Sandbox Sandbox::Probe(const SandboxedProgram& program) {
  Sandbox sandbox;
  const std::string bubblewrap = FindBubblewrap();
  if (bubblewrap.empty()) {
    sandbox.reason_ = "bubblewrap is not installed";
  } else {
    sandbox.command_ = FullCommand(bubblewrap, program);
    sandbox.reason_ = TryCommand(sandbox.command_, program.exit_code);
  }
  sandbox.form_ = v1::SANDBOX_FULL;
  if (!sandbox.reason_.empty()) {
    sandbox.form_ = v1::SANDBOX_REDUCED;
    sandbox.command_ = program.command;
  }
  return sandbox;
}

}  // namespace diapason
