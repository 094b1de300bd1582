// Follows a job of a tuner-server to its end. `tune` and `watch` use it.
#ifndef DIAPASON_TUNER_CLI_JOB_WATCH_H_
#define DIAPASON_TUNER_CLI_JOB_WATCH_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/cli/interrupt.h"
#include "tuner/cli/server_connection.h"

namespace diapason::tuner {

// How a job is watched.
struct JobWatchOptions {
  // How long to try again each time the server does not answer, because it may be restarted or the network
  // may be interrupted. Zero means that a lost connection is an error at once.
  absl::Duration reconnect_for = absl::Minutes(2);
  // Called with every state of the job that the server sends, the last one included. It may be empty.
  std::function<void(const v1::JobStatus& job)> on_state;
};

// Shows the progress on stderr, and also when the connection is lost and found again. Blocks, and returns
// the job's last status. Returns Cancelled if the user interrupted (the job continues), NotFound if the
// server does not know the job, and Unavailable if the server did not answer for too long.
absl::StatusOr<v1::JobStatus> WatchToTheEnd(ServerConnection& server, const std::string& job_id,
                                            Interrupt& interrupt, const JobWatchOptions& options);

// Adds the option --reconnect, e.g. 10m.
void AddReconnectOption(CLI::App& command, std::string& text);
// Parses the value of --reconnect. Returns InvalidArgument if it is not a duration.
absl::StatusOr<JobWatchOptions> ParseReconnect(const std::string& text);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_JOB_WATCH_H_
