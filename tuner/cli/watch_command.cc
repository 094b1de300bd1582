// diapason watch: shows the progress of a job of a tuner-server until its end, as `diapason tune` does.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tuner/cli/command.h"
#include "tuner/cli/interrupt.h"
#include "tuner/cli/job_conclusion.h"
#include "tuner/cli/job_watch.h"
#include "tuner/cli/server_connection.h"

namespace diapason::tuner {
namespace {

struct WatchOptions {
  ServerAddress server;
  std::string job_id;
  std::string reconnect = "2m";
  bool json = false;
  bool verbose = false;
};

int Watch(const WatchOptions& options) {
  Interrupt interrupt;
  const auto watching = ParseReconnect(options.reconnect);
  if (!watching.ok()) return Report(watching.status());
  const auto server = ServerConnection::Connect(options.server);
  if (!server.ok()) return Report(server.status());
  const auto status = WatchToTheEnd(**server, options.job_id, interrupt, *watching);
  if (absl::IsCancelled(status.status())) {
    const std::string job = absl::StrCat(options.job_id, " ", (*server)->arguments());
    return Report(
        absl::CancelledError(absl::StrCat("interrupted; job ", options.job_id, " continues. `diapason watch ",
                                          job, "` shows it again, `diapason cancel ", job, "` ends it")));
  }
  if (!status.ok()) return Report(status.status());
  ConclusionOptions conclusion;
  conclusion.json = options.json;
  conclusion.verbose = options.verbose;
  conclusion.log = (*server)->arguments();
  PrintConclusion(*status, conclusion);
  return ReportJob(*status);
}

constexpr char kFooter[] =
    "Example:\n"
    "  diapason tune model.onnx --server lab:9190 --target device:box-1 --detach\n"
    "  diapason watch 0123456789abcdef --server lab:9190\n"
    "The output and the exit code are those of `diapason tune` without --detach. Ctrl-C ends this command, "
    "not the job.";

}  // namespace

void AddWatch(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<WatchOptions>();
  CLI::App* command = app.add_subcommand("watch", "follow a job of a tuner-server to its end");
  command->footer(kFooter);
  command->add_option("JOB", options->job_id, "the job's id, from diapason tune --detach or diapason jobs")
      ->required();
  AddServerOptions(*command, options->server, /*required=*/true);
  AddReconnectOption(*command, options->reconnect);
  command->add_flag("--json", options->json, "print the job's final state as JSON");
  command->add_flag("-v,--verbose", options->verbose, "also print the median time of each stage of a build");
  SetBody(*command, exit_code, [options] { return Watch(*options); });
}

}  // namespace diapason::tuner
