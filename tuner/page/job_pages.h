// The pages about jobs: the list of all, and each with its report, which is the one that `diapason tune`
// writes (tuner/report), made from the log while the job still runs.
#ifndef DIAPASON_TUNER_PAGE_JOB_PAGES_H_
#define DIAPASON_TUNER_PAGE_JOB_PAGES_H_

#include <string>

#include "absl/status/statusor.h"
#include "tuner/page/http_message.h"
#include "tuner/page/server_parts.h"

namespace diapason::tuner {

// All jobs, newest first, a part at a time: `before` is the id of the last job of the part before, or "".
HttpResponse JobsPage(const ServerParts& server, const std::string& before);

// One job.
HttpResponse JobPage(const ServerParts& server, const std::string& job_id);

// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) with the changing
// part of the job's page: "update" about every two seconds while it changes, and "end" when the job has
// ended.
HttpResponse JobPageEvents(const ServerParts& server, const std::string& job_id);

// Returns the present status of a job. NotFound: there is no such job.
absl::StatusOr<v1::JobStatus> StatusOf(const ServerParts& server, const std::string& job_id);

// Returns an answer that calls `make` about once a second until the job has ended, and sends what it
// returns as an event of server-sent events whenever the job's status has changed. The last event has
// the name "end", the others have the name "update".
HttpResponse EventsOfJob(const ServerParts& server, const std::string& job_id,
                         std::function<std::string(const v1::JobStatus&)> make);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_PAGE_JOB_PAGES_H_
