#include "tuner/cli/job_watch.h"

#include <cstdio>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tuner/cli/command.h"
#include "tuner/cli/progress_line.h"
#include "tuner/report/job_report.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kBetweenCalls = absl::Seconds(1);

// Returns early if the user interrupts.
void Sleep(absl::Duration how_long, const Interrupt& interrupt) {
  const absl::Time until = absl::Now() + how_long;
  while (absl::Now() < until && !interrupt.happened()) absl::SleepFor(absl::Milliseconds(20));
}

}  // namespace

absl::StatusOr<v1::JobStatus> WatchToTheEnd(ServerConnection& server, const std::string& job_id,
                                            Interrupt& interrupt, const JobWatchOptions& options) {
  std::optional<absl::Time> unreachable_since;
  while (true) {
    auto status = [&] {
      ProgressLine line;
      return server.WatchJob(job_id, interrupt, [&](const v1::JobStatus& job) {
        if (unreachable_since)
          std::fprintf(stderr, "diapason: connected to %s again\n", server.name().c_str());
        unreachable_since.reset();
        line.Show(ProgressText(job));
        if (options.on_state) options.on_state(job);
      });
    }();
    if (!absl::IsUnavailable(status.status()) || options.reconnect_for <= absl::ZeroDuration()) return status;
    if (!unreachable_since) {
      unreachable_since = absl::Now();
      std::fprintf(stderr,
                   "diapason: %s; trying to connect again for up to %s (the job continues now or when the "
                   "server runs again)\n",
                   ErrorText(status.status()).c_str(), absl::FormatDuration(options.reconnect_for).c_str());
    }
    if (absl::Now() - *unreachable_since >= options.reconnect_for) {
      return absl::UnavailableError(absl::StrCat(
          ErrorText(status.status()), "; gave up after ", absl::FormatDuration(options.reconnect_for),
          ". The job is not lost; when the server answers again, run `diapason watch ", job_id, " ",
          server.arguments(), "` to see it"));
    }
    Sleep(kBetweenCalls, interrupt);
    if (interrupt.happened()) return absl::CancelledError("interrupted");
  }
}

void AddReconnectOption(CLI::App& command, std::string& text) {
  command
      .add_option(
          "--reconnect", text,
          "how long to try to reconnect to a server that does not answer, e.g. 10m; 0 to stop at once")
      ->capture_default_str();
}

absl::StatusOr<JobWatchOptions> ParseReconnect(const std::string& text) {
  JobWatchOptions options;
  if (!absl::ParseDuration(text, &options.reconnect_for) || options.reconnect_for < absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--reconnect ", text, ": this is not a duration; write for example 30s, 10m or 0"));
  }
  return options;
}

}  // namespace diapason::tuner
