#include "tuner/cli/job_conclusion.h"

#include <algorithm>
#include <cstdio>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tuner/cli/command.h"
#include "tuner/report/job_report.h"
#include "tuner/report/json_text.h"

namespace diapason::tuner {

void PrintConclusion(const v1::JobStatus& status, const ConclusionOptions& options) {
  if (options.json) {
    std::printf("%s\n", JsonText(status).c_str());
    return;
  }
  std::printf("%s%slog:      %s\n", JobTable(status, options.verbose).c_str(), options.extra.c_str(),
              options.log.c_str());
  std::string next = options.next;
  if (next.empty() && !status.model().empty()) {
    next = absl::StrCat("diapason compile ", status.model(), " ", options.log, " --target ",
                        status.target_option(), " -o out/");
  }
  if (!next.empty()) std::printf("next:     %s\n", next.c_str());
}

int ReportJob(const v1::JobStatus& status) {
  for (const v1::TaskStatus& task : status.tasks()) {
    if (!task.stopped().empty()) std::fprintf(stderr, "diapason: %s\n", task.stopped().c_str());
    if (task.failure().empty()) continue;
    std::fprintf(stderr, "diapason: no schedule of %s worked; the last error: %s\n", task.summary().c_str(),
                 task.failure().c_str());
  }
  if (status.state() == v1::JOB_STATE_FAILED) {
    const auto code = static_cast<absl::StatusCode>(status.error_code());
    // The job's error is either a fault of the user's input or a fault of ours.
    const bool bad_input = code == absl::StatusCode::kInvalidArgument || code == absl::StatusCode::kNotFound;
    return Report(absl::Status(bad_input ? code : absl::StatusCode::kInternal, status.message()));
  }
  if (status.state() == v1::JOB_STATE_CANCELLED) return Report(absl::CancelledError("the job was cancelled"));
  const bool all_failed = std::all_of(status.tasks().begin(), status.tasks().end(),
                                      [](const v1::TaskStatus& task) { return task.best_us() <= 0; });
  return all_failed ? kExitFailed : kExitOk;
}

}  // namespace diapason::tuner
