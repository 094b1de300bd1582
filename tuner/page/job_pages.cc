#include "tuner/page/job_pages.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "proto/base/status_macros.h"
#include "proto/domain/protocol_version.h"
#include "tuner/job/job_page.h"
#include "tuner/page/job_history.h"
#include "tuner/page/page_frame.h"
#include "tuner/report/report_data.h"
#include "tuner/report/report_html.h"
#include "tuner/report/report_markup.h"
#include "tuner/report/text_table.h"

namespace diapason::tuner {
namespace {

constexpr int kJobsOnPage = 50;
constexpr absl::Duration kEventEvery = absl::Seconds(1);

std::string StateWord(v1::JobState state) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::JobState_Name(state), "JOB_STATE_"));
}

std::string JobPath(const std::string& job_id) { return absl::StrCat("/jobs/", UrlEncode(job_id)); }

std::string Seconds(int64_t us) { return FormatSeconds(static_cast<double>(us) / 1e6); }

// What the job does now, in one paragraph.
std::string Progress(const v1::JobStatus& status) {
  const bool running = status.state() == v1::JOB_STATE_RUNNING;
  std::string html = absl::StrCat("<p><b>", StateWord(status.state()), "</b>");
  if (running && status.remaining_us() > 0)
    absl::StrAppend(&html, ", at most ", Seconds(status.remaining_us()), " left");
  if (running && !status.waiting_for().empty())
    absl::StrAppend(&html, ", waiting for ", EscapeHtml(status.waiting_for()));
  if (!status.owner().empty()) absl::StrAppend(&html, ", submitted by ", EscapeHtml(status.owner()));
  absl::StrAppend(&html, "</p>\n");
  if (!status.message().empty())
    absl::StrAppend(&html, "<p class=\"trouble\">", EscapeHtml(status.message()), "</p>\n");
  return html;
}

// The part of the page that changes while the job runs.
absl::StatusOr<std::string> JobBody(const ServerParts& server, const v1::JobStatus& status) {
  DIAPASON_ASSIGN_OR_RETURN(const db::StoredJob job, server.store.GetJob(status.job_id()));
  DIAPASON_ASSIGN_OR_RETURN(const JobRecordsView records, ReadRecords(server.store, status));
  const std::vector<v1::JobTask> tasks(job.request.tasks().begin(), job.request.tasks().end());
  const ReportData report = CollectReport(
      {status, records.history, tasks, records.summary, RecordScope::kJob, std::nullopt, Release()});
  return absl::StrCat(Progress(status), ReportBody(report));
}

std::string Event(const std::string& name, const std::string& data) {
  return absl::StrCat("event: ", name,
                      "\ndata: ", absl::StrReplaceAll(data, {{"\n", "\ndata: "}, {"\r", ""}}), "\n\n");
}

}  // namespace

absl::StatusOr<v1::JobStatus> StatusOf(const ServerParts& server, const std::string& job_id) {
  v1::JobStatus now;
  DIAPASON_RETURN_IF_ERROR(server.engine.Watch(job_id, [&](const v1::JobStatus& status) {
    now = status;
    return false;
  }));
  return now;
}

HttpResponse JobsPage(const ServerParts& server, const std::string& before) {
  const auto jobs = server.engine.List();
  if (!jobs.ok()) return ErrorPage(jobs.status());
  v1::ListJobsResponse page;
  if (const absl::Status found = PageOfJobs(*jobs, before, page); !found.ok()) return ErrorPage(found);
  HtmlTable table("Jobs", {"Job", "State", "#Tasks", "#Trials", "#Before", "#Best", "#Time", "Started"});
  std::string last;
  for (const v1::JobStatus& job : page.jobs()) {
    if (&job - page.jobs().data()[0] >= kJobsOnPage) break;
    const ModelTimes times = SumTasks(job);
    std::string progress = StateWord(job.state());
    if (!job.waiting_for().empty()) absl::StrAppend(&progress, ": waiting for ", job.waiting_for());
    if (job.remaining_us() > 0) absl::StrAppend(&progress, ", ", Seconds(job.remaining_us()), " left");
    table.AddRow({Link(JobPath(job.job_id()), job.name().empty() ? job.job_id() : job.name()),
                  EscapeHtml(progress), absl::StrCat(job.tasks_size()), absl::StrCat(job.trials_done()),
                  LatencyText(times.default_us), LatencyText(times.best_us), Seconds(job.elapsed_us()),
                  TimeText(job.created_unix_us())});
    last = job.job_id();
  }
  std::string html =
      absl::StrCat("<h1>Jobs</h1>\n", table.Html("There are no jobs yet. This starts one: <code>diapason "
                                                 "tune model.onnx --server HOST:PORT</code>"));
  if (!last.empty() && last != jobs->back().job_id())
    absl::StrAppend(&html, "<p>", Link(absl::StrCat("/?before=", UrlEncode(last)), "Older jobs"), "</p>\n");
  return Page("Jobs", "/", html);
}

HttpResponse JobPage(const ServerParts& server, const std::string& job_id) {
  const auto status = StatusOf(server, job_id);
  if (!status.ok()) return ErrorPage(status.status());
  const auto body = JobBody(server, *status);
  if (!body.ok()) return ErrorPage(body.status());
  const bool running = status->state() == v1::JOB_STATE_RUNNING;
  const std::string id = UrlEncode(job_id);
  std::string html = running ? absl::StrCat("<div data-events=\"", JobPath(job_id), "/live\">\n") : "<div>\n";
  absl::StrAppend(&html, *body, "</div>\n<p>", Link(absl::StrCat("/records?job=", id), "Trials"), ", ",
                  Link(absl::StrCat("/api/v1/records.jsonl?job=", id), "all of them as JSON Lines"), ", ",
                  Link(absl::StrCat("/api/v1/jobs/", id), "the job as JSON"), "</p>\n");
  if (running)
    absl::StrAppend(&html, PostButton(absl::StrCat(JobPath(job_id), "/cancel"), "Cancel the job",
                                      "Cancel this job? Its measurements stay in the log."));
  return Page(status->name(), "", html);
}

HttpResponse JobPageEvents(const ServerParts& server, const std::string& job_id) {
  return EventsOfJob(server, job_id, [&server](const v1::JobStatus& status) {
    const auto body = JobBody(server, status);
    return body.ok() ? *body
                     : absl::StrCat("<p class=\"trouble\">", EscapeHtml(std::string(body.status().message())),
                                    "</p>");
  });
}

HttpResponse EventsOfJob(const ServerParts& server, const std::string& job_id,
                         std::function<std::string(const v1::JobStatus&)> make) {
  if (const auto found = StatusOf(server, job_id); !found.ok()) return ErrorPage(found.status());
  HttpResponse response;
  response.type = "text/event-stream";
  response.stream = [&server, job_id, make = std::move(make)](const HttpSend& send) {
    std::string sent;
    while (true) {
      const auto status = StatusOf(server, job_id);
      if (!status.ok()) return;  // the server ends, or the log cannot be read; the browser asks again
      const bool ended = status->state() != v1::JOB_STATE_RUNNING;
      const std::string now = status->SerializeAsString();
      // A comment, so that a visitor who is gone is noticed.
      if (!send(now != sent || ended ? Event(ended ? "end" : "update", make(*status)) : ":\n\n") || ended)
        return;
      sent = now;
      absl::SleepFor(kEventEvery);
    }
  };
  return response;
}

}  // namespace diapason::tuner
