// diapason compile: compiles a model to a shared library with the best schedules in the tuning log.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "compiler/codegen/backends.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_kind.h"
#include "tuner/cli/before_after.h"
#include "tuner/cli/command.h"
#include "tuner/cli/interrupt.h"
#include "tuner/cli/log_source.h"
#include "tuner/cli/model_tasks.h"
#include "tuner/cli/target_option.h"
#include "tuner/compile/schedule_lock.h"
#include "tuner/report/json_text.h"

namespace diapason::tuner {
namespace {

struct CompileOptions {
  ModelOption model;
  LogOption log;
  bool no_log = false;
  bool strict = false;
  std::string target = "host";
  std::string output;
  std::string kernel_time;
  int threads = 1;
  compiler::model::ModelProducts products;
  std::string lock;
  bool json = false;
};

// The file of --lock. If it exists, its schedules are used; if not, it is written.
class LockFile {
 public:
  // Reads the file if there is one, and checks that it fits.
  absl::Status Open(const std::string& path, const compiler::graph::Program& program,
                    const v1::Target& target) {
    path_ = path;
    if (path.empty()) return absl::OkStatus();
    DIAPASON_ASSIGN_OR_RETURN(const auto backend, compiler::codegen::MakeBackend(KindOf(target)));
    const std::string version =
        absl::StrCat(backend->name(), " ", compiler::codegen::VersionText(backend->version()));
    absl::StatusOr<ScheduleLock> read = ScheduleLock::Read(path);
    if (absl::IsNotFound(read.status())) {
      lock_.emplace(target, version);
      return absl::OkStatus();
    }
    DIAPASON_RETURN_IF_ERROR(read.status());
    const absl::Status fits = read->CheckFits(program, target);
    if (!fits.ok()) return WithContext(fits, path);
    if (read->compiler_version() != version) {
      std::fprintf(stderr,
                   "diapason: %s was written with the back end %s, but this is %s; the schedules are the "
                   "same, and the "
                   "library's bytes may differ\n",
                   path.c_str(), read->compiler_version().c_str(), version.c_str());
    }
    lock_ = *std::move(read);
    pinned_ = true;
    return absl::OkStatus();
  }

  bool pinned() const { return pinned_; }
  CompileChoices Choices(const compiler::model::ModelProducts& products) {
    ScheduleLock* lock = lock_ ? &*lock_ : nullptr;
    return {products, pinned_ ? lock : nullptr, pinned_ ? nullptr : lock};
  }
  // Writes the file if it was not there.
  absl::Status Close() const { return lock_ && !pinned_ ? lock_->Write(path_) : absl::OkStatus(); }
  // Returns what happened, for a person.
  std::string Text() const {
    return absl::StrCat(path_, pinned_ ? ": its " : ": pins ", lock_->size(), " schedules",
                        pinned_ ? " were used" : "");
  }

 private:
  std::string path_;
  std::optional<ScheduleLock> lock_;
  bool pinned_ = false;
};

void PrintText(const compiler::model::ModelFiles& files, const std::string& lock) {
  const std::pair<const char*, const std::string*> lines[] = {
      {"library:  ", &files.library}, {"header:   ", &files.header},   {"archive:  ", &files.archive},
      {"wheel:    ", &files.wheel},   {"manifest: ", &files.manifest}, {"lock:     ", &lock}};
  for (const auto& [name, value] : lines) {
    if (!value->empty()) std::printf("%s%s\n", name, value->c_str());
  }
}

void PrintJson(const compiler::model::ModelFiles& files, const std::string& lock) {
  JsonObject json;
  Set(json, "library", files.library);
  Set(json, "header", files.header);
  Set(json, "manifest", files.manifest);
  if (!files.archive.empty()) Set(json, "archive", files.archive);
  if (!files.wheel.empty()) Set(json, "wheel", files.wheel);
  if (!lock.empty()) Set(json, "lock", lock);
  std::printf("%s\n", JsonText(json).c_str());
}

int Compile(const CompileOptions& options) {
  Interrupt interrupt;  // first, because later threads inherit its signal mask
  const Installation installation = FindInstallation();
  absl::Duration kernel_time = kKernelTime;
  if (!options.kernel_time.empty() &&
      (!absl::ParseDuration(options.kernel_time, &kernel_time) || kernel_time <= absl::ZeroDuration())) {
    return Report(absl::InvalidArgumentError(absl::StrCat(
        "--kernel-time ", options.kernel_time, ": this is not a duration; write for example 30s or 2m")));
  }
  const auto program = LoadProgram(options.model);
  if (!program.ok()) return ReportLoadError(program.status(), options.json);
  const auto target = ResolveTarget(options.target, installation, options.log);
  if (!target.ok()) return Report(target.status());
  LockFile lock;
  const absl::Status lock_opened = lock.Open(options.lock, *program, *target);
  if (!lock_opened.ok()) return Report(lock_opened, kExitBadInput);
  std::unique_ptr<LogSource> log;
  if (!options.no_log && !lock.pinned()) {
    auto opened = LogSource::Open(options.log);
    if (!opened.ok()) return Report(opened.status());
    log = *std::move(opened);
  }
  const auto files = CompileProgram(
      {*program, *target, installation, interrupt, kernel_time,
       options.strict ? v1::MATCH_STRICT : v1::MATCH_LOOSE, options.threads, lock.Choices(options.products)},
      log.get(), options.output);
  if (!files.ok()) return Report(files.status());
  const absl::Status lock_written = lock.Close();
  if (!lock_written.ok()) return Report(lock_written);
  if (options.json) {
    PrintJson(*files, options.lock);
  } else {
    PrintText(*files, options.lock.empty() ? "" : lock.Text());
  }
  return kExitOk;
}

}  // namespace

void AddCompile(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CompileOptions>();
  CLI::App* command = app.add_subcommand("compile", "compile a model with the best known schedules");
  command->footer(
      "Example:\n  diapason compile model.onnx --db sqlite:tuning.db --target host -o out/\n"
      "The manifest says for each task which schedule was used and why.");
  AddModelOptions(*command, options->model);
  AddLogOptions(*command, options->log);
  command->add_flag("--no-log", options->no_log, "use only the default schedules of the sketches");
  command->add_flag(
      "--strict", options->strict,
      "use only records of this version of the back end (`diapason version`); without it, records of other "
      "versions are used, too, and the manifest says so");
  command->add_option("--target", options->target, kTargetHelp)->capture_default_str();
  command->add_option("-o,--output", options->output, "folder for the library, the header and the manifest")
      ->required();
  command->add_option("--kernel-time", options->kernel_time,
                      "how long one kernel may take to build before another schedule is tried, e.g. 30s (the "
                      "default)");
  command
      ->add_option("--threads", options->threads,
                   "on how many threads the model will run; it also runs on any other number")
      ->check(CLI::Range(1, kMaxThreads))
      ->capture_default_str();
  command->add_flag("--static", options->products.archive,
                    "also make the static archive libNAME.a, for programs that contain the model");
  command->add_flag("--wheel", options->products.wheel,
                    "also make a Python wheel, for: pip install FILE, import NAME, NAME.run(x)");
  command
      ->add_option("--wheel-version", options->products.wheel_version,
                   "the wheel's version; pip replaces an installed wheel only by another version")
      ->capture_default_str();
  command->add_option("--lock", options->lock,
                      "file that pins the schedules: written if it does not exist; if it exists, the same "
                      "library is made again "
                      "from it, without a log, and a task that is missing in it is an error");
  command->add_flag(
      "--json", options->json,
      "print JSON: the paths library, header, manifest and, if asked for, archive, wheel, lock; "
      "or what is not supported in the model");
  SetBody(*command, exit_code, [options] { return Compile(*options); });
}

}  // namespace diapason::tuner
