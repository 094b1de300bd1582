// Follows a job of a tuner-server to its end: what `tune` and `watch` have in common while a job runs.
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

struct JobWatchOptions {
  // How long a server that is away is called again, each time that it is: it may be restarted, or the network
  // cut. Zero: not at all.
  absl::Duration reconnect_for = absl::Minutes(2);
};

// Shows the progress on stderr, and what happens to the connection. Returns the job's last status. Cancelled:
// the user interrupted; the job goes on. NotFound: the server does not know the job. Unavailable: the server
// was away for too long.
absl::StatusOr<v1::JobStatus> WatchToTheEnd(ServerConnection& server, const std::string& job_id,
                                            Interrupt& interrupt, const JobWatchOptions& options);

// --reconnect, e.g. 10m.
void AddReconnectOption(CLI::App& command, std::string& text);
// InvalidArgument: `text` is not a time.
absl::StatusOr<JobWatchOptions> ParseReconnect(const std::string& text);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_JOB_WATCH_H_
