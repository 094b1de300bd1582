#include "tuner/page/record_pages.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "proto/domain/outcome.h"
#include "proto/domain/record_time.h"
#include "tuner/page/page_frame.h"
#include "tuner/report/report_data.h"
#include "tuner/report/report_markup.h"
#include "tuner/report/report_svg.h"

namespace diapason::tuner {
namespace {

constexpr int kRecordsShown = 200;

std::string KnobsText(const v1::Schedule& schedule) {
  return absl::StrJoin(schedule.knobs(), ", ", [](std::string* out, const v1::KnobValue& knob) {
    absl::StrAppend(out, knob.name(), "=", knob.value());
  });
}

std::string OutcomeCell(const v1::Outcome& outcome) {
  std::string html = absl::StrCat("<span class=\"", IsOk(outcome) ? "good" : "trouble", "\">",
                                  OutcomeKindWord(outcome.kind()), "</span>");
  if (!outcome.message().empty()) absl::StrAppend(&html, ": ", EscapeHtml(outcome.message()));
  return html;
}

std::string RecordLink(const v1::Record& record, const std::string& text) {
  return Link(absl::StrCat("/records/", UrlEncode(record.trial_id())), text);
}

// The samples in the order in which they were taken.
std::string Samples(const v1::Measurement& measurement) {
  std::vector<ChartPoint> points;
  for (int i = 0; i < measurement.samples_us_size(); ++i)
    points.push_back(
        {static_cast<double>(i), measurement.samples_us(i), LatencyText(measurement.samples_us(i))});
  return absl::StrCat(
      "<h2>Samples</h2>\n",
      StepChart(points, {"Time of each sample", "sample", "µs", static_cast<double>(points.size())}), "\n");
}

std::string ConditionsTable(const v1::Conditions& conditions) {
  const auto number = [](bool has, double value, const char* unit) {
    return has ? absl::StrFormat("%.0f %s", value, unit) : "";
  };
  return Facts({{"Frequency", number(conditions.has_frequency_mhz(), conditions.frequency_mhz(), "MHz")},
                {"Temperature", number(conditions.has_temperature_c(), conditions.temperature_c(), "°C")},
                {"Governor", EscapeHtml(conditions.governor())},
                {"Throttled", conditions.has_throttled() ? (conditions.throttled() ? "yes" : "no") : ""},
                {"Emulated", conditions.emulated() ? "yes; the times mean nothing" : ""}});
}

std::string Input(const HttpRequest& request, const std::string& name, const std::string& label) {
  return absl::StrCat("<label>", label, "<input name=\"", name, "\" value=\"",
                      EscapeHtml(request.Query(name)), "\"/></label>\n");
}

std::string FilterForm(const HttpRequest& request) {
  const bool ok = request.Query("outcome") == "ok";
  return absl::StrCat(
      "<form method=\"get\" action=\"/records\">\n", Input(request, "job", "Job"),
      Input(request, "device", "Device"), Input(request, "workload", "Workload"),
      "<label>Outcome<select name=\"outcome\"><option value=\"\">any</option><option value=\"ok\"",
      ok ? " selected=\"selected\"" : "", ">ok</option></select></label>\n<button>Show</button>\n",
      "</form>\n");
}

}  // namespace

db::RecordQuery RecordQueryOf(const HttpRequest& request) {
  db::RecordQuery query;
  query.job_id = request.Query("job");
  query.device_id = request.Query("device");
  query.workload_id = request.Query("workload");
  query.only_ok = request.Query("outcome") == "ok";
  return query;
}

std::string RecordTable(absl::Span<const v1::Record> records) {
  HtmlTable table("Records", {"Made", "Sketch", "Workload", "#Time", "Outcome", "Device", "Phase"});
  for (const v1::Record& record : records) {
    const std::optional<double> us = RecordTimeUs(record);
    table.AddRow({RecordLink(record, TimeText(record.created_unix_us())),
                  EscapeHtml(record.schedule().sketch_name()),
                  Link(absl::StrCat("/records?workload=", UrlEncode(record.workload_id())),
                       record.workload_id().substr(0, 8)),
                  us ? LatencyText(*us) : "-", OutcomeCell(record.outcome()),
                  record.device_id().empty()
                      ? "-"
                      : Link(absl::StrCat("/devices/", UrlEncode(record.device_id())), record.device_id()),
                  record.phase() == v1::TRIAL_PHASE_FINAL ? "final" : "search"});
  }
  return table.Html("There are no records.");
}

HttpResponse RecordsPage(const ServerParts& server, const HttpRequest& request) {
  db::RecordQuery query = RecordQueryOf(request);
  query.limit = kRecordsShown;
  const auto records = server.store.FindRecords(query);
  if (!records.ok()) return ErrorPage(records.status());
  std::string conditions;
  for (const auto& [name, value] : request.query) {
    absl::StrAppend(&conditions, conditions.empty() ? "?" : "&", UrlEncode(name), "=", UrlEncode(value));
  }
  std::string html = absl::StrCat("<h1>Records</h1>\n", FilterForm(request), RecordTable(*records));
  if (records->size() == kRecordsShown)
    absl::StrAppend(&html, "<p class=\"read\">These are the newest ", kRecordsShown, ".</p>\n");
  if (!records->empty()) {
    absl::StrAppend(&html, "<p>",
                    Link(absl::StrCat("/api/v1/records.jsonl", conditions), "Download all as JSON Lines"),
                    ", which <code>diapason query --import</code> reads.</p>\n");
  }
  return Page("Records", "/records", html);
}

HttpResponse RecordPage(const ServerParts& server, const std::string& trial_id) {
  db::RecordQuery query;
  query.trial_id = trial_id;
  const auto records = server.store.FindRecords(query);
  if (!records.ok()) return ErrorPage(records.status());
  if (records->empty()) return ErrorPage(absl::NotFoundError(absl::StrCat("there is no record ", trial_id)));
  const v1::Record& record = records->front();
  const auto workload = server.store.GetWorkload(record.workload_id());
  const auto sketch = server.store.GetSketch(record.schedule().sketch_hash());
  const v1::Measurement& measured = record.measurement();
  const std::optional<double> us = RecordTimeUs(record);
  std::vector<std::pair<std::string, std::string>> facts = {
      {"Outcome", OutcomeCell(record.outcome())},
      {"Time of a call", us ? LatencyText(*us) : ""},
      {"Median", measured.median_us() > 0 ? LatencyText(measured.median_us()) : ""},
      {"Predicted", record.predicted_us() > 0 ? LatencyText(record.predicted_us()) : ""},
      {"Largest error",
       us ? absl::StrFormat("%.2g of the largest value", measured.max_relative_error()) : ""},
      {"Threads", absl::StrCat(record.threads())},
      {"Workload", workload.ok() ? Link(absl::StrCat("/records?workload=", UrlEncode(record.workload_id())),
                                        workload->summary())
                                 : ""},
      {"Job", record.job_id().empty()
                  ? ""
                  : Link(absl::StrCat("/jobs/", UrlEncode(record.job_id())), record.job_id())},
      {"Device", record.device_id().empty()
                     ? ""
                     : Link(absl::StrCat("/devices/", UrlEncode(record.device_id())), record.device_id())},
      {"Machine", EscapeHtml(MachineText(record.target()))},
      {"Made", TimeText(record.created_unix_us())},
      {"Back end", EscapeHtml(absl::StrCat(record.backend(), " ", record.backend_version()))},
      {"Sketch", EscapeHtml(record.schedule().sketch_name())},
      {"Knobs", EscapeHtml(KnobsText(record.schedule()))}};
  for (const v1::StageTime& stage : record.build_stages())
    facts.emplace_back(absl::StrCat("Build, ", stage.stage()), LatencyText(stage.us()));
  std::string html = absl::StrCat("<h1>Trial ", EscapeHtml(trial_id), "</h1>\n", Facts(facts));
  if (record.has_measurement())
    absl::StrAppend(&html, Samples(measured), "<h2>Conditions</h2>\n",
                    ConditionsTable(measured.conditions()));
  if (sketch.ok()) {
    absl::StrAppend(
        &html, "<h2>Sketch</h2>\n<p class=\"read\">The schedule is this script with the knobs above.</p>\n",
        "<pre class=\"script\" tabindex=\"0\">", EscapeHtml(sketch->text()), "</pre>\n");
  }
  absl::StrAppend(&html, "<p>",
                  Link(absl::StrCat("/api/v1/records/", UrlEncode(trial_id)), "The record as JSON"),
                  "</p>\n");
  return Page(absl::StrCat("Trial ", trial_id), "", html);
}

}  // namespace diapason::tuner
