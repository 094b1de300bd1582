// diapason query: prints the best known schedule of each task of a model, and the rung of the look-up that
// gave it.
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/base/status_macros.h"
#include "proto/domain/rung_name.h"
#include "proto/domain/target_fingerprint.h"
#include "proto/domain/task_key.h"
#include "tuner/cli/command.h"
#include "tuner/cli/log_source.h"
#include "tuner/cli/model_tasks.h"
#include "tuner/cli/target_option.h"
#include "tuner/cli/transfer_records.h"
#include "tuner/compile/best_schedules.h"
#include "tuner/report/json_text.h"
#include "tuner/report/text_table.h"

namespace diapason::tuner {
namespace {

struct QueryOptions {
  ModelOption model;
  LogOption log;
  std::string target = "host";
  bool json = false;
  bool export_records = false;
  std::string import_path;
};

std::string ScheduleText(const v1::Schedule& schedule) {
  return absl::StrCat(schedule.sketch_name(), "(",
                      absl::StrJoin(schedule.knobs(), ", ",
                                    [](std::string* out, const v1::KnobValue& knob) {
                                      absl::StrAppend(out, knob.name(), "=", knob.value());
                                    }),
                      ")");
}

struct Answer {
  v1::JobTask task;
  std::string task_id;
  compiler::model::ScheduleChoice choice;
};

void PrintJson(const std::vector<Answer>& answers) {
  JsonObject all;
  for (const Answer& answer : answers) {
    JsonObject& entry = AddTo(all, "tasks");
    Set(entry, "task_id", answer.task_id);
    Set(entry, "workload_id", answer.task.workload().id());
    Set(entry, "summary", answer.task.workload().summary());
    Set(entry, "weight", static_cast<double>(answer.task.weight()));
    Set(entry, "rung", RungName(answer.choice.rung));
    Set(entry, "reason", answer.choice.reason);
    Set(entry, "median_us", answer.choice.measured_us);
    JsonObject& schedule = Nested(entry, "schedule");
    Set(schedule, "sketch", answer.choice.schedule.sketch_name());
    Set(schedule, "sketch_hash", answer.choice.schedule.sketch_hash());
    JsonObject& knobs = Nested(schedule, "knobs");
    for (const v1::KnobValue& knob : answer.choice.schedule.knobs()) {
      Set(knobs, knob.name(), static_cast<double>(knob.value()));
    }
  }
  std::printf("%s\n", JsonText(all).c_str());
}

void PrintText(const std::vector<Answer>& answers) {
  for (const Answer& answer : answers) {
    std::printf("%.8s  %s  x%d\n", answer.task_id.c_str(), answer.task.workload().summary().c_str(),
                answer.task.weight());
    std::printf("  rung:     %s (%s)\n", RungName(answer.choice.rung).c_str(), answer.choice.reason.c_str());
    std::printf("  schedule: %s\n", ScheduleText(answer.choice.schedule).c_str());
    if (answer.choice.measured_us > 0)
      std::printf("  median:   %s us\n", FormatUs(answer.choice.measured_us).c_str());
  }
}

int Query(const QueryOptions& options) {
  if (!options.import_path.empty()) return ImportRecords(options.import_path, options.log.db);
  if (options.export_records) return ExportRecords(options.model, options.target, options.log);
  if (options.model.path.empty())
    return Report(
        absl::InvalidArgumentError("no MODEL is given; only --export and --import work without one"));
  const Installation installation = FindInstallation();
  const auto program = LoadProgram(options.model);
  if (!program.ok()) return ReportLoadError(program.status(), options.json);
  const auto target = ResolveTarget(options.target, installation, options.log);
  if (!target.ok()) return Report(target.status());
  const auto log = LogSource::Open(options.log);
  if (!log.ok()) return Report(log.status());

  const auto lookup = LookupOptionsFor(*target, v1::MATCH_LOOSE);
  if (!lookup.ok()) return Report(lookup.status());
  const auto schedules = BestSchedules::Create(installation, *target, [&](const v1::Workload& workload) {
    return (*log)->Lookup(workload, *target, *lookup);
  });
  if (!schedules.ok()) return Report(schedules.status(), kExitFailed);
  std::vector<Answer> answers;
  for (const v1::JobTask& task : TasksOf(*program)) {
    auto choice = (*schedules)->Choose(task.workload());
    if (!choice.ok()) return Report(WithContext(choice.status(), task.workload().summary()));
    answers.push_back({task, TaskId({task.workload().id(), TargetFingerprint(*target), lookup->threads()}),
                       *std::move(choice)});
  }
  if (options.json) {
    PrintJson(answers);
  } else {
    PrintText(answers);
  }
  return kExitOk;
}

}  // namespace

void AddQuery(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<QueryOptions>();
  CLI::App* command =
      app.add_subcommand("query", "print the best known schedule of each task, and why it was chosen");
  command->footer(
      "Example:\n  diapason query model.onnx --db sqlite:tuning.db --target host --json\n"
      "  diapason query --db sqlite:tuning.db --export > records.jsonl\n"
      "  diapason query --db sqlite:other.db --import records.jsonl\n"
      "Rungs: exact (the same workload and target), same_class (a target of this architecture and vector\n"
      "width; the same micro-architecture first, then the most similar one), nearest_shape (the most\n"
      "similar workload), default (the sketch's default schedule).");
  AddModelOptions(*command, options->model);
  command->get_option("MODEL")->required(false);
  AddPartialOption(*command, options->model);
  AddLogOptions(*command, options->log);
  command->add_option("--target", options->target, kTargetHelp)->capture_default_str();
  CLI::Option* json = command->add_flag(
      "--json", options->json,
      "print JSON: tasks with task_id, workload_id, summary, weight, rung, reason, median_us, schedule");
  CLI::Option* server = command->get_option("--server");
  CLI::Option* export_records =
      command->add_flag("--export", options->export_records,
                        "print records as JSON Lines (LogEntry of proto/diapason/v1/log.proto): those of the "
                        "MODEL's tasks on --target, or all of --db without a MODEL");
  export_records->excludes(json)->excludes(server);
  command
      ->add_option("--import", options->import_path, "add the records of a file that --export wrote to --db")
      ->excludes(json)
      ->excludes(server)
      ->excludes(export_records)
      ->excludes("MODEL");
  SetBody(*command, exit_code, [options] { return Query(*options); });
}

}  // namespace diapason::tuner
