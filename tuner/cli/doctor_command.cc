// diapason doctor: checks whether everything that tuning needs is here, and says what to do if it is not.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "compiler/space/sketch_library.h"
#include "db/record_store.h"
#include "proto/processes/sandbox.h"
#include "tuner/cli/command.h"
#include "tuner/cli/interrupt.h"
#include "tuner/cli/local_service.h"
#include "tuner/cli/log_source.h"
#include "tuner/cli/model_tasks.h"
#include "tuner/compile/installation.h"
#include "tuner/compile/tuning_log.h"
#include "tuner/report/json_text.h"

namespace diapason::tuner {
namespace {

struct DoctorOptions {
  std::string db = kDefaultLog;
  ServerAddress server;
  bool json = false;
};

enum class Health { kGood, kNote, kBad };

// One line of the report.
struct Finding {
  Health health;
  std::string subject;
  std::string text;
  std::string advice;  // empty if there is nothing to do
};

Finding CheckPrograms(const Installation& installation) {
  std::string missing;
  for (const char* name : {"tuner-server", "builder-worker", "device-agent", "device-runner", "tracker"}) {
    if (access(installation.Program(name).c_str(), X_OK) == 0) continue;
    absl::StrAppend(&missing, missing.empty() ? "" : ", ", name);
  }
  if (missing.empty())
    return {Health::kGood, "programs", absl::StrCat("all are in ", installation.programs), ""};
  return {Health::kBad, "programs", absl::StrCat("not found in ", installation.programs, ": ", missing),
          "build or install all of Diapason (deploy/build release)"};
}

Finding CheckSketches(const Installation& installation) {
  const auto sketches = compiler::space::LoadSketches(installation.sketches);
  if (!sketches.ok()) {
    return {Health::kBad, "sketches", ErrorText(sketches.status()), "repair or reinstall the folder"};
  }
  return {Health::kGood, "sketches", absl::StrCat(sketches->size(), " in ", installation.sketches), ""};
}

Finding CheckTarget(const Installation& installation) {
  const auto host = TargetOf("host", installation);
  if (!host.ok()) return {Health::kBad, "target", ErrorText(host.status()), ""};
  std::vector<std::string> caches;
  for (const v1::Cache& cache : host->caches()) {
    caches.push_back(absl::StrFormat("L%d %d KiB", cache.level(), cache.size_bytes() >> 10));
  }
  return {Health::kGood, "target",
          absl::StrFormat("%s, %d-bit vectors, %d cores, %s", host->cpu(), host->vector_bits(), host->cores(),
                          absl::StrJoin(caches, ", ")),
          ""};
}

Finding CheckProcessors() {
  const ProcessorShares shares = ShareProcessors();
  if (shares.others.empty()) {
    return {Health::kNote, "processors", "there is only one, so building disturbs measuring",
            "expect times to vary more; use two or more processors if you can"};
  }
  return {
      Health::kGood, "processors",
      absl::StrFormat("processor %d measures, %d %s", shares.measuring, shares.others.size(),
                      shares.others.size() == 1 ? "other searches and builds" : "others search and build"),
      ""};
}

Finding CheckBuilderSandbox(const Installation& installation) {
  const Sandbox sandbox = Sandbox::Probe({.command = {installation.Program("builder-worker")}});
  if (sandbox.form() == v1::SANDBOX_FULL) return {Health::kGood, "builders", "full sandbox", ""};
  return {Health::kNote, "builders", absl::StrCat("reduced sandbox: ", sandbox.reason()),
          "install bubblewrap, and allow namespaces"};
}

Finding CheckGovernor() {
  const std::string path = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
  std::string governor;
  std::ifstream(path) >> governor;
  if (governor.empty()) return {Health::kNote, "governor", "cannot be read (is this a virtual machine?)", ""};
  if (governor == "performance") return {Health::kGood, "governor", governor, ""};
  return {Health::kNote, "governor", governor,
          "for steadier times run: cpupower frequency-set -g performance"};
}

Finding CheckLog(const std::string& db) {
  const auto store = OpenTuningLog(db, db::OpenMode::kReadOnly);
  if (absl::IsNotFound(store.status()))
    return {Health::kNote, "log", absl::StrCat(db, " does not exist yet; diapason tune creates it"), ""};
  if (!store.ok()) return {Health::kBad, "log", ErrorText(store.status()), "name another log with --db"};
  const absl::Status sound = (*store)->Check();
  if (!sound.ok()) {
    return {Health::kBad, "log", ErrorText(sound), "restore a copy of the log, or name a new log with --db"};
  }
  const auto jobs = (*store)->ListJobs();
  return {Health::kGood, "log",
          absl::StrCat(db, " has no errors and ", jobs.ok() ? jobs->size() : 0, " jobs"), ""};
}

// Starts the local service with a log in memory, as `tune` does, and checks the device that appears.
Finding CheckDevice(const Installation& installation, const Interrupt& interrupt) {
  const auto local = LocalService::Start({"sqlite::memory:", ""}, installation);
  if (!local.ok()) return {Health::kBad, "service", ErrorText(local.status()), ""};
  const auto server = ServerConnection::Connect({(*local)->address(), {}});
  if (!server.ok()) return {Health::kBad, "service", ErrorText(server.status()), ""};
  const absl::Time until = absl::Now() + absl::Seconds(10);
  while (absl::Now() < until && !interrupt.happened()) {
    const auto devices = (*server)->Devices();
    if (devices.ok() && !devices->empty()) {
      const bool full = devices->front().device().sandbox() == v1::SANDBOX_FULL;
      return {
          full ? Health::kGood : Health::kNote, "sandbox", full ? "full" : "reduced",
          full ? "" : "this works, and records say so; a full sandbox needs bubblewrap and user namespaces"};
    }
    const absl::Status alive = (*local)->Check();
    if (!alive.ok()) return {Health::kBad, "service", ErrorText(alive), ""};
    absl::SleepFor(absl::Milliseconds(50));
  }
  return {Health::kBad, "service", "device-agent did not connect within 10 s",
          "run device-agent by hand to see its messages"};
}

Finding CheckServer(const ServerAddress& address) {
  const auto server = ServerConnection::Connect(address);
  if (!server.ok()) return {Health::kBad, "server", ErrorText(server.status()), ""};
  const auto devices = (*server)->Devices();
  if (!devices.ok()) return {Health::kBad, "server", ErrorText(devices.status()), ""};
  return {devices->empty() ? Health::kNote : Health::kGood, "server",
          absl::StrCat(address.server, " answers: ", devices->size(), " devices"),
          devices->empty() ? "to connect a device, run on it: device-agent --tracker HOST:PORT" : ""};
}

std::string HealthName(Health health) {
  return health == Health::kGood ? "ok" : health == Health::kNote ? "note" : "bad";
}

int Doctor(const DoctorOptions& options) {
  const Interrupt interrupt;  // first, because later threads inherit its signal mask
  const Installation installation = FindInstallation();
  std::vector<Finding> findings = {
      CheckPrograms(installation), CheckSketches(installation),         CheckTarget(installation),
      CheckProcessors(),           CheckBuilderSandbox(installation),   CheckGovernor(),
      CheckLog(options.db),        CheckDevice(installation, interrupt)};
  if (interrupt.happened()) return Report(absl::CancelledError("interrupted"));
  if (!options.server.server.empty()) findings.push_back(CheckServer(options.server));
  JsonObject all;
  int bad = 0;
  for (const Finding& finding : findings) {
    bad += finding.health == Health::kBad ? 1 : 0;
    if (options.json) {
      JsonObject& entry = AddTo(all, "findings");
      Set(entry, "health", HealthName(finding.health));
      Set(entry, "subject", finding.subject);
      Set(entry, "text", finding.text);
      Set(entry, "advice", finding.advice);
      continue;
    }
    std::printf("%-5s %-11s %s\n", HealthName(finding.health).c_str(), finding.subject.c_str(),
                finding.text.c_str());
    if (!finding.advice.empty()) std::printf("%18s-> %s\n", "", finding.advice.c_str());
  }
  if (options.json) std::printf("%s\n", JsonText(all).c_str());
  return bad > 0 ? kExitFailed : kExitOk;
}

}  // namespace

void AddDoctor(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command = app.add_subcommand("doctor", "check whether everything that tuning needs is here");
  command->footer("Exit code 1 if a finding is bad. Notes are for your information.");
  command->add_option("--db", options->db, "the tuning log, sqlite:PATH or postgresql://HOST/DATABASE")
      ->capture_default_str();
  AddServerOptions(*command, options->server, /*required=*/false);
  command->add_flag("--json", options->json,
                    "print JSON: findings with health (ok, note, bad), subject, text, advice");
  SetBody(*command, exit_code, [options] { return Doctor(*options); });
}

}  // namespace diapason::tuner
