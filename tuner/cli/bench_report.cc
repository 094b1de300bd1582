#include "tuner/cli/bench_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "proto/domain/protocol_version.h"
#include "tuner/report/report_markup.h"
#include "tuner/report/report_style.h"
#include "tuner/report/text_table.h"

namespace diapason::tuner {
namespace {

constexpr double kSameOutputs = 1e-3;  // largest difference of outputs that engines' rounding explains

constexpr char kHowMeasured[] =
    "All engines ran on the same processors with the same number of threads and 32-bit floats. They took "
    "turns, "
    "and an engine was stopped while others were measured. A bar is the median over the turns of the median "
    "time of a run; the line is the range of the turns' medians. Lower is better.";
constexpr char kLayers[] =
    "The time of a task is that of all its calls in one run of the model. The limit is the time that this "
    "machine "
    "needs at least: for the task's arithmetic at the measured rate of multiply-adds, or to read and write "
    "each "
    "argument once, whichever is longer. The darker part of a bar is the limit.";

// Returns "" if the outputs are the same as Diapason's, and else a remark.
std::string Remark(const Contestant& contestant) {
  if (!contestant.failed.empty()) return contestant.failed;
  if (contestant.error <= kSameOutputs) return "";
  return absl::StrFormat("its outputs differ by %.2g of the largest value", contestant.error);
}

// Returns the time relative to Diapason's, or "-".
std::string Ratio(const Contestant& contestant, const Contestant& diapason) {
  if (contestant.median_us <= 0 || diapason.median_us <= 0) return "-";
  return absl::StrFormat("%.2fx", contestant.median_us / diapason.median_us);
}

const Contestant* BestPeer(const BenchReport& report) {
  const Contestant* best = nullptr;
  for (size_t i = 1; i < report.contestants.size(); ++i) {
    const Contestant& peer = report.contestants[i];
    if (peer.median_us > 0 && (best == nullptr || peer.median_us < best->median_us)) best = &peer;
  }
  return best;
}

// Returns the limit of all calls of a task in one run, or 0 if it is not known.
double LimitOf(const BenchReport& report, const TaskTime& time) {
  const auto task = static_cast<size_t>(time.task);
  if (task >= report.limits_us.size()) return 0;
  return report.limits_us[task] * static_cast<double>(report.manifest.tasks[task].weight);
}

double LimitOfModel(const BenchReport& report) {
  double sum = 0;
  for (const TaskTime& time : report.breakdown.tasks) sum += LimitOf(report, time);
  return sum;
}

std::string OfLimit(double us, double limit_us) {
  return limit_us > 0 ? absl::StrFormat("%.2fx", us / limit_us) : "-";
}

std::string Tile(const std::string& value, const std::string& text) {
  return absl::StrCat("<div class=\"tile\"><b>", EscapeHtml(value), "</b><span>", EscapeHtml(text),
                      "</span></div>\n");
}

// Returns a horizontal bar for each engine, with the range of its turns.
std::string EngineChart(const BenchReport& report) {
  constexpr double kLeft = 110, kWidth = 470, kRow = 30;
  double largest = 0;
  for (const Contestant& contestant : report.contestants) largest = std::max(largest, contestant.slowest_us);
  if (largest <= 0) return "";
  const double height = kRow * static_cast<double>(report.contestants.size()) + 8;
  std::string svg = absl::StrCat("<svg class=\"chart\" viewBox=\"0 0 680 ", CoordinateText(height),
                                 "\" role=\"img\" aria-label=\"Time of one run by engine\">");
  for (size_t i = 0; i < report.contestants.size(); ++i) {
    const Contestant& contestant = report.contestants[i];
    const double top = 6 + kRow * static_cast<double>(i), middle = top + 10;
    absl::StrAppend(&svg, "<text x=\"", kLeft - 8, "\" y=\"", CoordinateText(middle + 4),
                    "\" text-anchor=\"end\">", EscapeHtml(contestant.name), "</text>");
    if (contestant.median_us <= 0) {
      absl::StrAppend(&svg, "<text x=\"", kLeft, "\" y=\"", CoordinateText(middle + 4), "\">no time</text>");
      continue;
    }
    const auto x = [&](double us) { return CoordinateText(kLeft + kWidth * us / largest); };
    absl::StrAppend(
        &svg, "<rect class=\"", i == 0 ? "good" : "peer", "\" x=\"", kLeft, "\" y=\"", CoordinateText(top),
        "\" width=\"", CoordinateText(kWidth * contestant.median_us / largest),
        "\" height=\"20\"/><line class=\"range\" x1=\"", x(contestant.fastest_us), "\" x2=\"",
        x(contestant.slowest_us), "\" y1=\"", CoordinateText(middle), "\" y2=\"", CoordinateText(middle),
        "\"/><text x=\"", x(contestant.slowest_us), "\" dx=\"6\" y=\"", CoordinateText(middle + 4), "\">",
        EscapeHtml(LatencyText(contestant.median_us)), "</text>");
  }
  return absl::StrCat(svg, "</svg>\n");
}

// `name` is shown above the cell on narrow screens, where the table's head is hidden.
std::string Cell(const std::string& name, const std::string& html) {
  return absl::StrCat("<td class=\"number\" data-name=\"", name, "\">", html, "</td>");
}

std::string EngineTable(const BenchReport& report) {
  std::string html =
      "<div class=\"wide\"><table class=\"tasks\">\n<thead><tr><th>Engine</th><th "
      "class=\"number\">Median</th>"
      "<th class=\"number\">Range of the turns</th><th class=\"number\">Of Diapason</th>"
      "<th class=\"number\">Runs</th><th>Remark</th></tr></thead>\n<tbody>\n";
  for (const Contestant& contestant : report.contestants) {
    const std::string range =
        contestant.median_us > 0
            ? absl::StrCat(LatencyText(contestant.fastest_us), " to ", LatencyText(contestant.slowest_us))
            : "-";
    absl::StrAppend(&html, "<tr><td>", EscapeHtml(contestant.name), " <span class=\"faint\">",
                    EscapeHtml(contestant.version), "</span></td>",
                    Cell("Median", LatencyText(contestant.median_us)), Cell("Range of the turns", range),
                    Cell("Of Diapason", Ratio(contestant, report.contestants[0])),
                    Cell("Runs", absl::StrCat(contestant.runs)), "<td data-name=\"Remark\">",
                    EscapeHtml(Remark(contestant)), "</td></tr>\n");
  }
  return absl::StrCat(html, "</tbody></table></div>\n");
}

std::string TaskRow(const BenchReport& report, const TaskTime& time, double largest) {
  const compiler::model::ManifestTask& task = report.manifest.tasks[static_cast<size_t>(time.task)];
  const double limit = LimitOf(report, time);
  const double width = largest > 0 ? 100 * time.in_model_us / largest : 0;
  const double part = time.in_model_us > 0 ? std::min(100.0, 100 * limit / time.in_model_us) : 0;
  const double share = report.breakdown.model_us > 0 ? 100 * time.in_model_us / report.breakdown.model_us : 0;
  return absl::StrCat("<tr><td>", EscapeHtml(task.summary), "</td>", Cell("Count", absl::StrCat(task.weight)),
                      Cell("µs", FormatUs(time.in_model_us)),
                      Cell("Share", absl::StrFormat("%.1f %%", share)), Cell("Limit µs", FormatUs(limit)),
                      Cell("Of limit", OfLimit(time.in_model_us, limit)),
                      "<td class=\"time\" data-name=\"Time\"><div style=\"width:", CoordinateText(width),
                      "%\"><div style=\"width:", CoordinateText(part), "%\"></div></div></td></tr>\n");
}

std::string TaskTable(const BenchReport& report) {
  double largest = 0;
  for (const TaskTime& time : report.breakdown.tasks) largest = std::max(largest, time.in_model_us);
  std::string html =
      "<div class=\"wide\"><table class=\"tasks\">\n<thead><tr><th>Task</th><th class=\"number\">Count</th>"
      "<th class=\"number\">µs</th><th class=\"number\">Share</th><th class=\"number\">Limit µs</th>"
      "<th class=\"number\">Of limit</th><th>Time</th></tr></thead>\n<tbody>\n";
  for (const TaskTime& time : report.breakdown.tasks) absl::StrAppend(&html, TaskRow(report, time, largest));
  return absl::StrCat(html, "</tbody></table></div>\n");
}

constexpr char kBenchStyle[] = R"css(
svg .good { fill: var(--good); }
svg .peer { fill: var(--line); opacity: .7; }
svg .range { stroke: var(--ink); stroke-width: 2; }
td.time { min-width: 9rem; }
td.time > div { height: .9rem; background: var(--rule); border-radius: .2rem; }
td.time > div > div { height: .9rem; background: var(--line); border-radius: .2rem; }
)css";

}  // namespace

std::string BenchHtml(const BenchReport& report) {
  const Contestant& diapason = report.contestants[0];
  const Contestant* best = BestPeer(report);
  const std::string title = absl::StrCat(report.manifest.name, ": comparison of inference engines");
  std::string html = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
      "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>",
      EscapeHtml(title), "</title>\n<style>", kReportStyle, kBenchStyle, "</style>\n</head>\n<body>\n<h1>",
      EscapeHtml(title), "</h1>\n<p class=\"faint\">",
      EscapeHtml(absl::StrCat(report.machine, ", ", report.threads,
                              report.threads == 1 ? " thread" : " threads", " on processor ",
                              absl::StrJoin(report.processors, ", "), ", Diapason ", Release())),
      "</p>\n<div class=\"tiles\">\n", Tile(LatencyText(diapason.median_us), "one run with Diapason"));
  if (best != nullptr) {
    absl::StrAppend(
        &html,
        Tile(LatencyText(best->median_us), absl::StrCat("one run with ", best->name, ", the fastest other")),
        Tile(absl::StrFormat("%.2fx", best->median_us / diapason.median_us),
             absl::StrCat("as fast as ", best->name)));
  }
  if (const double limit = LimitOfModel(report); limit > 0)
    absl::StrAppend(&html, Tile(OfLimit(diapason.median_us, limit), "of the limit of this machine"));
  absl::StrAppend(
      &html, "</div>\n<h2>Engines</h2>\n", EngineChart(report), "<p class=\"read\">", kHowMeasured, "</p>\n",
      EngineTable(report), "<h2>Where Diapason's time goes</h2>\n", TaskTable(report), "<p class=\"read\">",
      EscapeHtml(report.no_limits.empty() ? kLayers : report.no_limits), "</p>\n</body>\n</html>\n");
  return html;
}

std::string BenchText(const BenchReport& report) {
  TextTable engines({{"engine", false},
                     {"version", false, 14},
                     {"median us", true},
                     {"least", true},
                     {"most", true},
                     {"of ours", true},
                     {"remark", false}});
  for (const Contestant& contestant : report.contestants) {
    engines.AddRow({contestant.name, contestant.version, FormatUs(contestant.median_us),
                    FormatUs(contestant.fastest_us), FormatUs(contestant.slowest_us),
                    Ratio(contestant, report.contestants[0]), Remark(contestant)});
  }
  TextTable tasks({{"task", false, 8},
                   {"workload", false, 30},
                   {"x", true},
                   {"in model", true},
                   {"limit", true},
                   {"of limit", true}});
  for (const TaskTime& time : report.breakdown.tasks) {
    const compiler::model::ManifestTask& task = report.manifest.tasks[static_cast<size_t>(time.task)];
    const double limit = LimitOf(report, time);
    tasks.AddRow({task.workload_id.substr(0, 8), task.summary, absl::StrCat(task.weight),
                  FormatUs(time.in_model_us), FormatUs(limit), OfLimit(time.in_model_us, limit)});
  }
  return absl::StrCat(engines.Text(), "\n", tasks.Text(),
                      report.no_limits.empty() ? "" : absl::StrCat(report.no_limits, "\n"));
}

void AddComparison(const BenchReport& report, JsonObject& object) {
  for (const Contestant& contestant : report.contestants) {
    JsonObject& entry = AddTo(object, "contestants");
    Set(entry, "name", contestant.name);
    Set(entry, "version", contestant.version);
    if (!contestant.failed.empty()) {
      Set(entry, "failed", contestant.failed);
      continue;
    }
    Set(entry, "median_us", contestant.median_us);
    Set(entry, "fastest_us", contestant.fastest_us);
    Set(entry, "slowest_us", contestant.slowest_us);
    Set(entry, "runs", static_cast<double>(contestant.runs));
    Set(entry, "error", contestant.error);
    for (const double us : contestant.round_us) AddTo(entry, "rounds", us);
  }
  auto tasks = object.mutable_fields()->find("tasks");
  if (tasks == object.mutable_fields()->end()) return;
  for (size_t i = 0; i < report.breakdown.tasks.size(); ++i) {
    const double limit = LimitOf(report, report.breakdown.tasks[i]);
    if (limit <= 0) continue;
    Set(*tasks->second.mutable_list_value()->mutable_values(static_cast<int>(i))->mutable_struct_value(),
        "limit_us", limit);
  }
}

}  // namespace diapason::tuner
