// Compiles and runs many models, one after the other, for tests/conformance/random_models.
//
//   compile_models [--limit SECONDS]     compiles and runs models
//   compile_models --operators          prints the names of all operators that the importer supports
//
// Reads names of folders from standard input, one on each line. A folder has the files model.onnx,
// input_0.pb, input_1.pb and so on. The outputs of the compiled model are written into the same folder as
// actual_0.pb, actual_1.pb and so on. For each folder one line is written to standard output, with fields
// that are separated by tabs: FOLDER KIND SECONDS MESSAGE. KIND is
//   ok        the outputs are written
//   refused   LoadModel returned InvalidArgument or Unimplemented, with a message of one line
//   failed    any other error of any step
//   unstable  a second run, with two threads, gave other bytes than the first
//   crashed   a signal ended the process
//   timeout   the process did not end within the limit
//
// The steps are those of `diapason compile` and `diapason run` (LoadModel, CompileModel, LoadedModel), with
// the sketches' default schedules. Each model has a separate process, which is forked from this one, so
// that a crash is a finding about that model. What every model needs (LLVM, the sketches, this machine's
// target) is set up once.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "compiler/importer/load_model.h"
#include "compiler/importer/operators.h"
#include "compiler/model/loaded_model.h"
#include "compiler/model/tensor_file.h"
#include "compiler/targets/target_registry.h"
#include "proto/base/status_macros.h"
#include "tests/compiler/model/default_schedules.h"

namespace diapason::compiler {
namespace {

struct Outcome {
  std::string kind;
  std::string message;
};

std::string OneField(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\n", " | "}, {"\t", " "}});
}

absl::StatusOr<std::vector<model::Tensor>> ReadInputs(const std::string& folder) {
  std::vector<model::Tensor> inputs;
  while (true) {
    const std::string path = absl::StrCat(folder, "/input_", inputs.size(), ".pb");
    if (!std::filesystem::exists(path)) return inputs;
    DIAPASON_ASSIGN_OR_RETURN(inputs.emplace_back(), model::ReadTensorFile(path));
  }
}

class ModelRunner {
 public:
  ModelRunner()
      : target_(targets::FindTarget("host", "").value()),
        schedules_(model::DefaultSchedules(target_)),
        runtime_archive_(model::HostRuntimeArchive()) {}

  Outcome Run(const std::string& folder) const {
    const absl::StatusOr<graph::Program> program = importer::LoadModel(folder + "/model.onnx", {});
    if (!program.ok()) {
      const absl::Status& status = program.status();
      const bool by_words = absl::IsInvalidArgument(status) || absl::IsUnimplemented(status);
      const bool one_line = status.message().find('\n') == absl::string_view::npos;
      return {by_words && one_line ? "refused" : "failed", status.ToString()};
    }
    bool stable = true;
    const absl::Status status = CompileAndRun(*program, folder, stable);
    if (!status.ok()) return {"failed", status.ToString()};
    return {stable ? "ok" : "unstable", ""};
  }

 private:
  absl::Status CompileAndRun(const graph::Program& program, const std::string& folder, bool& stable) const {
    model::ModelOptions options;
    options.target = target_;
    options.directory = folder + "/out";
    options.runtime_archive = runtime_archive_;
    DIAPASON_RETURN_IF_ERROR(model::CompileModel(program, schedules_, options).status());
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<model::Tensor> inputs, ReadInputs(folder));
    std::vector<model::Tensor> first;
    for (int threads : {1, 2}) {
      DIAPASON_ASSIGN_OR_RETURN(const auto model, model::LoadedModel::Load(options.directory, threads));
      DIAPASON_ASSIGN_OR_RETURN(const std::vector<model::Tensor> outputs, model->Run(inputs));
      if (threads == 1) first = outputs;
      for (size_t i = 0; i < outputs.size(); ++i) {
        stable &= outputs[i].bytes == first[i].bytes;
        if (threads == 1)
          DIAPASON_RETURN_IF_ERROR(
              model::WriteTensorFile(outputs[i], absl::StrCat(folder, "/actual_", i, ".pb")));
      }
    }
    return absl::OkStatus();
  }

  const v1::Target target_;
  const model::ScheduleSource schedules_;
  const std::string runtime_archive_;
};

// Runs a model in a child process. The child writes "KIND MESSAGE" into a pipe, or nothing if it crashes.
Outcome RunInChild(const ModelRunner& runner, const std::string& folder, int limit_seconds) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return {"failed", absl::StrCat("pipe failed: ", std::strerror(errno))};
  const pid_t child = fork();
  if (child < 0) return {"failed", absl::StrCat("fork failed: ", std::strerror(errno))};
  if (child == 0) {
    close(pipe_ends[0]);
    const int error_file = open((folder + "/stderr").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (error_file >= 0) dup2(error_file, STDERR_FILENO);
    const rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    // The default action of SIGALRM ends the child, whatever it is doing.
    alarm(static_cast<unsigned>(limit_seconds));
    const Outcome outcome = runner.Run(folder);
    const std::string text = outcome.kind + " " + outcome.message;
    const ssize_t written = write(pipe_ends[1], text.data(), text.size());
    _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(pipe_ends[1]);
  std::string text;
  char buffer[4096];
  ssize_t count;
  while ((count = read(pipe_ends[0], buffer, sizeof buffer)) > 0)
    text.append(buffer, static_cast<size_t>(count));
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    if (WTERMSIG(status) == SIGALRM) return {"timeout", absl::StrCat(limit_seconds, " s")};
    return {"crashed", strsignal(WTERMSIG(status))};
  }
  const size_t space = text.find(' ');
  if (space == std::string::npos) return {"crashed", absl::StrCat("exit code ", WEXITSTATUS(status))};
  return {text.substr(0, space), text.substr(space + 1)};
}

}  // namespace
}  // namespace diapason::compiler

int main(int argc, char** argv) {
  using namespace diapason::compiler;
  if (argc == 2 && std::strcmp(argv[1], "--operators") == 0) {
    std::set<std::string> names;  // sorted
    for (const importer::OnnxOperator& known : importer::OnnxOperators()) names.emplace(known.name);
    for (const std::string& name : names) std::printf("%s\n", name.c_str());
    return 0;
  }
  int limit_seconds = 30;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--limit") == 0) limit_seconds = std::atoi(argv[i + 1]);
  }
  const ModelRunner runner;
  std::string folder;
  while (std::getline(std::cin, folder)) {
    const auto start = std::chrono::steady_clock::now();
    const Outcome outcome = RunInChild(runner, folder, limit_seconds);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%s\t%s\t%.3f\t%s\n", folder.c_str(), outcome.kind.c_str(), seconds,
                OneField(outcome.message).c_str());
    std::fflush(stdout);
  }
}
