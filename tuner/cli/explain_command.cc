// diapason explain: prints a task's payload and its best schedule as one file that stock mlir-opt-22
// applies.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "compiler/codegen/backends.h"
#include "compiler/codegen/kernel_backend.h"
#include "db/record_store.h"
#include "proto/base/status_macros.h"
#include "proto/domain/rung_name.h"
#include "proto/domain/target_kind.h"
#include "tuner/cli/command.h"
#include "tuner/cli/explain_module.h"
#include "tuner/cli/log_source.h"
#include "tuner/cli/model_tasks.h"
#include "tuner/cli/target_option.h"
#include "tuner/compile/best_schedules.h"
#include "tuner/compile/tuning_log.h"

namespace diapason::tuner {
namespace {

struct ExplainOptions {
  std::string task;
  std::string db = kDefaultLog;
  std::string target = "host";
};

absl::StatusOr<v1::Workload> FindWorkload(const db::RecordStore& store, const std::string& task) {
  // A task's id begins with its workload's id (proto/domain/task_key.h). The target comes from --target.
  const std::string prefix = task.substr(0, task.find('-'));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::Workload> found, store.FindWorkloads(prefix));
  if (found.size() == 1) return found[0];
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat("the log has no task ", task,
                                            "; to list the tasks of a model, run: diapason query MODEL"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(found.size(), " tasks begin with ", task, ": ",
                   absl::StrJoin(found, ", ", [](std::string* out, const v1::Workload& workload) {
                     absl::StrAppend(out, workload.id().substr(0, 12), " (", workload.summary(), ")");
                   })));
}

// A plain lowering that works whatever a script has left to do. tests/tuner/cli/explain runs these
// commands as they are printed.
constexpr char kLowering[] =
    R"(//   mlir-opt-22 --one-shot-bufferize --cse --canonicalize --convert-linalg-to-loops \
//     --scf-forall-to-for --convert-vector-to-scf=full-unroll --expand-strided-metadata --lower-affine \
//     --convert-scf-to-cf \
//     --convert-vector-to-llvm --finalize-memref-to-llvm \
//     --convert-func-to-llvm=use-bare-ptr-memref-call-conv --convert-to-llvm \
//     --reconcile-unrealized-casts kernel.mlir | mlir-translate-22 --mlir-to-llvmir \
)";

std::string Comment(const v1::Workload& workload, const compiler::model::ScheduleChoice& choice,
                    const v1::Target& target, const Installation& installation) {
  const bool own_steps = absl::StrContains(choice.script, "transform.diapason.") ||
                         absl::StrContains(choice.script, "diapason-");
  std::string text = absl::StrCat("// ", workload.summary(), "\n// schedule: ", choice.schedule.sketch_name(),
                                  "; rung: ", RungName(choice.rung), " (", choice.reason, ")");
  if (choice.measured_us > 0) absl::StrAppendFormat(&text, "; measured: %.1f us", choice.measured_us);
  absl::StrAppend(&text,
                  "\n//\n// This file has the payload, with its arguments as buffers, and the script with "
                  "the values of its knobs.\n"
                  "// To apply it:\n//   mlir-opt-22 ");
  if (own_steps) {
    absl::StrAppend(&text, "--load-dialect-plugin=", installation.mlir_plugin,
                    " \\\n//     --load-pass-plugin=", installation.mlir_plugin, " \\\n//     ");
  }
  absl::StrAppend(&text,
                  "--transform-interpreter=debug-payload-root-tag=payload --symbol-dce \\\n"
                  "//     --mlir-print-local-scope THIS_FILE | sed '1d;/^}/d' > kernel.mlir\n");
  if (own_steps)
    absl::StrAppend(&text,
                    "// The plug-in has the steps that are not in stock MLIR (transform.diapason.*).\n");
  absl::StrAppend(
      &text,
      "// To make an object file of `workload(argument, ..., packed, ...)`, which takes bare pointers, and,\n"
      "// if constants are packed, of `workload_prepare`, which takes the same and is called once before:\n",
      kLowering, "//     | llc-22 -O3 -mtriple=", target.triple(), " -mcpu=", target.cpu(),
      " \\\n//       --relocation-model=pic --filetype=obj -o kernel.o\n");
  return text;
}

absl::StatusOr<std::string> Combine(const v1::Workload& workload, const std::string& script,
                                    const v1::Target& target) {
  DIAPASON_ASSIGN_OR_RETURN(const auto backend, compiler::codegen::MakeBackend(KindOf(target)));
  v1::BuildRequest request;
  request.set_workload_text(workload.text());
  *request.mutable_target() = target;
  DIAPASON_ASSIGN_OR_RETURN(const std::string payload, backend->PayloadText(request));
  return ExplainModule(payload, script);
}

int Explain(const ExplainOptions& options) {
  const Installation installation = FindInstallation();
  LogOption log;
  log.db = options.db;
  const auto target = ResolveTarget(options.target, installation, log);
  if (!target.ok()) return Report(target.status());
  const auto store = OpenTuningLog(options.db, db::OpenMode::kReadOnly);
  if (!store.ok()) return Report(store.status());
  const auto workload = FindWorkload(**store, options.task);
  if (!workload.ok()) return Report(workload.status());

  const auto lookup = LookupOptionsFor(*target, v1::MATCH_LOOSE);
  if (!lookup.ok()) return Report(lookup.status());
  const auto schedules = BestSchedules::Create(installation, *target, [&](const v1::Workload& each) {
    return (*store)->Lookup(each, *target, *lookup);
  });
  if (!schedules.ok()) return Report(schedules.status(), kExitFailed);
  const auto choice = (*schedules)->Choose(*workload);
  if (!choice.ok()) return Report(choice.status());
  const auto module = Combine(*workload, choice->script, *target);
  if (!module.ok()) return Report(module.status(), kExitFailed);
  std::printf("%s\n%s", Comment(*workload, *choice, *target, installation).c_str(), module->c_str());
  return kExitOk;
}

}  // namespace

void AddExplain(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command =
      app.add_subcommand("explain", "print a task's payload and best schedule for stock mlir-opt-22");
  command->footer("Example:\n  diapason explain 3f2a --db sqlite:tuning.db > schedule.mlir");
  command->add_option("TASK", options->task, "the task's id or its beginning, from diapason query")
      ->required();
  command->add_option("--db", options->db, "the tuning log, sqlite:PATH or postgresql://HOST/DATABASE")
      ->capture_default_str();
  command->add_option("--target", options->target, kTargetHelp)->capture_default_str();
  SetBody(*command, exit_code, [options] { return Explain(*options); });
}

}  // namespace diapason::tuner
