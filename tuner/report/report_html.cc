#include "tuner/report/report_html.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "proto/domain/outcome.h"
#include "tuner/report/report_markup.h"
#include "tuner/report/report_style.h"
#include "tuner/report/report_svg.h"
#include "tuner/report/text_table.h"

namespace diapason::tuner {
namespace {

constexpr size_t kMostTasks = 120;       // in the table
constexpr size_t kMostMessage = 400;     // bytes of a quoted message
constexpr double kInMinutes = 180;       // seconds from which on an axis counts minutes
constexpr double kInMilliseconds = 1e3;  // microseconds from which on an axis counts milliseconds

// The sentences that say how to read a part of the page.
constexpr char kCurveLegend[] =
    "Lower is better. A point is the sum of the best times known at that moment, each multiplied "
    "by the number of times that its task occurs in the model. A task that is not measured yet "
    "counts with its default schedule. Both axes begin at zero.";
constexpr char kComparison[] =
    "At the end of tuning, as far as the time allows, the best schedules of each task are built "
    "again with all optimisations and measured side by side with the default schedule. The table "
    "below shows the times of that comparison where there was one, so their sum may differ a "
    "little from the end of the curve.";
constexpr char kWholeModel[] =
    " The latencies at the top are those of the whole model, which ran on this machine with the "
    "default schedules and with the best ones in turns.";
constexpr char kTableLegend[] =
    "Count is the number of times that the workload occurs in the model. Share is the part of the "
    "model's time that these occurrences take with the best schedules. The times are those of one "
    "call. ";
constexpr char kRateLegend[] =
    "MFLOP are the floating-point operations of one call in millions, a multiply-add counted as "
    "two. GFLOP/s is the rate that the best schedule reaches.";
constexpr char kSpeedUpLegend[] =
    "\"no diff.\" means that the comparison at the end found no significant difference, so the "
    "default schedule stays. A question mark means that no comparison confirmed the speed-up. The "
    "small curves show the best time over the trials of the task. They begin at zero, so half the "
    "height is half the time.";
constexpr char kEndLegend[] =
    "\"Of limit\" is how many times the best time is the least that the machine allows: its measured "
    "rate of multiply-adds, or the bytes that a call moves. A task ends near its limit, when nothing is "
    "expected to gain 2 % (\"no gain left\"), when many trials gained nothing (\"stalled\"), when all "
    "schedules are tried, or with the budget.";
constexpr char kOutcomeLegend[] =
    "Each bar is the number of trials that ended in this way. Schedules that fail are a normal "
    "part of a search, which learns to avoid others like them.";

std::string Paragraph(const char* css_class, const std::string& text) {
  return text.empty() ? "" : absl::StrCat("<p class=\"", css_class, "\">", EscapeHtml(text), "</p>\n");
}

// Cut at the end of a character, with "..." where something is missing.
std::string Shortened(const std::string& text, size_t most) {
  if (text.size() <= most) return text;
  size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "...");
}

std::string Percent(double share) { return absl::StrFormat("%.1f %%", 100 * share); }

// What the outcome means, for people who see its name for the first time.
const char* Explanation(v1::OutcomeKind kind) {
  switch (kind) {
    case v1::OUTCOME_KIND_OK:
      return "The kernel was built, gave the right result, and was timed.";
    case v1::OUTCOME_KIND_REJECTED:
      return "The schedule does not apply to the workload.";
    case v1::OUTCOME_KIND_COMPILE_ERROR:
      return "The kernel could not be built.";
    case v1::OUTCOME_KIND_COMPILE_TIMEOUT:
      return "Building the kernel took too long.";
    case v1::OUTCOME_KIND_LOAD_ERROR:
      return "The device could not load the kernel.";
    case v1::OUTCOME_KIND_WRONG_OUTPUT:
      return "The kernel's result differs from the reference's, so the schedule is never used.";
    case v1::OUTCOME_KIND_RUN_ERROR:
      return "The runner on the device reported an error of its own.";
    case v1::OUTCOME_KIND_RUN_TIMEOUT:
      return "The kernel ran for longer than the limit.";
    case v1::OUTCOME_KIND_CRASHED:
      return "A signal ended the process that ran or built the kernel.";
    case v1::OUTCOME_KIND_OUT_OF_MEMORY:
      return "The kernel needed more memory than allowed.";
    case v1::OUTCOME_KIND_DEVICE_LOST:
      return "The device failed, or none took the trial in time. Such trials are repeated.";
    case v1::OUTCOME_KIND_THROTTLED:
      return "The speed of the device changed during the measurement. Such trials are repeated.";
    case v1::OUTCOME_KIND_CANCELLED:
      return "Nobody needed the result any more.";
    case v1::OUTCOME_KIND_REFERENCE_FAILED:
      return "The reference of the workload fails on the device, so no schedule can be checked.";
    default:
      return "";
  }
}

std::string Tile(const std::string& name, const std::string& value, const std::string& detail) {
  return absl::StrCat("<div class=\"tile\"><span>", EscapeHtml(name), "</span><b>", EscapeHtml(value),
                      "</b><span>", EscapeHtml(detail), "</span></div>\n");
}

std::string Header(const ReportData& data) {
  std::string html = absl::StrCat("<h1>", EscapeHtml(data.model), data.device.empty() ? "" : " on ",
                                  EscapeHtml(data.device), "</h1>\n");
  absl::StrAppend(&html, Paragraph("faint", data.machine));
  std::string line = data.date.empty() ? "Tuned" : absl::StrCat("Tuned on ", data.date);
  absl::StrAppend(&line, " by Diapason ", data.release);
  if (!data.job_id.empty()) absl::StrAppend(&line, ", job ", data.job_id);
  return absl::StrCat(html, Paragraph("faint", line));
}

std::string SpeedUpTiles(const ReportData& data) {
  if (data.measured) {
    const MeasuredModel& model = *data.measured;
    return absl::StrCat(
        Tile("Latency before", LatencyText(model.before_us), "whole model, default schedules, 1 thread"),
        Tile("Latency after", LatencyText(model.after_us), "whole model, best schedules, 1 thread"),
        Tile("Speed-up", absl::StrFormat("%.2fx", model.speed_up),
             absl::StrFormat("%.2fx to %.2fx in the middle 80 %% of the paired runs", model.speed_up_p10,
                             model.speed_up_p90)));
  }
  if (data.task_sum.best_us <= 0) return "";
  return absl::StrCat(
      Tile("Latency before", LatencyText(data.task_sum.default_us), "sum of the tasks, default schedules"),
      Tile("Latency after", LatencyText(data.task_sum.best_us), "sum of the tasks, best schedules"),
      Tile("Speed-up", absl::StrFormat("%.2fx", data.task_sum.default_us / data.task_sum.best_us),
           "of the sum; the whole model was not timed"));
}

std::string Tiles(const ReportData& data) {
  return absl::StrCat("<div class=\"tiles\">\n", SpeedUpTiles(data),
                      Tile("Trials", absl::StrCat(data.trials),
                           absl::StrFormat("%.1f each second", data.metrics.trials_per_second())),
                      Tile("Time", FormatSeconds(data.seconds), "of tuning"),
                      Tile("Device busy", absl::StrFormat("%.0f %%", 100 * data.metrics.device_busy_share()),
                           "of the search"),
                      "</div>\n");
}

std::string ModelCurves(const ReportData& data) {
  std::string html = "<h2>Latency of the model during tuning</h2>\n";
  if (data.curve.empty())
    return absl::StrCat(html, Paragraph("read", "No schedule of any task was measured."));
  const bool minutes = data.seconds >= kInMinutes;
  const bool milliseconds = data.curve.front().us >= kInMilliseconds;
  const double second = minutes ? 1.0 / 60 : 1, us = milliseconds ? 1e-3 : 1;
  std::vector<ChartPoint> over_time, over_trials;
  for (const JobHistory::ModelPoint& point : data.curve) {
    const std::string note = absl::StrCat(LatencyText(point.us), " after ", FormatSeconds(point.seconds),
                                          ", ", point.trials, " trials");
    over_time.push_back({point.seconds * second, point.us * us, note});
    over_trials.push_back({static_cast<double>(point.trials), point.us * us, note});
  }
  const std::string unit = milliseconds ? "ms" : "µs";
  const ChartOptions time = {"Estimated latency of the model over time", minutes ? "minutes" : "seconds",
                             absl::StrCat("estimated latency (", unit, ")"), data.seconds * second};
  const ChartOptions trials = {"Estimated latency of the model over trials", "trials", time.y_label,
                               static_cast<double>(data.trials)};
  absl::StrAppend(&html, "<div class=\"charts\">\n", StepChart(over_time, time), "\n",
                  StepChart(over_trials, trials), "\n</div>\n");
  std::string origin = kComparison;
  if (data.measured) origin += kWholeModel;
  return absl::StrCat(html, Paragraph("read", kCurveLegend), Paragraph("read", origin));
}

// `name` is shown above the cell on narrow screens, where the table's head is hidden.
std::string Cell(const std::string& name, const std::string& html) {
  return absl::StrCat("<td class=\"number\" data-name=\"", name, "\">", html, "</td>");
}

std::string TaskRow(const TaskReport& task, bool with_rate) {
  std::vector<ChartPoint> points;
  for (const JobHistory::TaskPoint& point : task.curve)
    points.push_back({static_cast<double>(point.trials), point.best_us, ""});
  const ChartOptions options = {"Best time over trials", "", "", static_cast<double>(task.trials)};
  std::string summary = EscapeHtml(Shortened(absl::StrReplaceAll(task.summary, {{"->", "→"}}), kMostMessage));
  absl::StrAppend(&summary, "<br/><code class=\"faint\">", EscapeHtml(task.task_id.substr(0, 8)), "</code>");
  if (!task.trouble.empty()) {
    absl::StrAppend(&summary, "<br/><span class=\"trouble\">",
                    EscapeHtml(Shortened(task.trouble, kMostMessage)), "</span>");
  }
  std::string row = absl::StrCat(
      "<tr><td>", summary, "</td>", Cell("Count", absl::StrCat(task.weight)),
      Cell("Share", task.share ? Percent(*task.share) : "-"), Cell("Default µs", FormatUs(task.default_us)),
      Cell("Tuned µs", FormatUs(task.best_us)), Cell("Speed-up", EscapeHtml(task.speed_up)));
  if (with_rate) {
    const double mflop = static_cast<double>(task.flops) / 1e6;
    absl::StrAppend(&row,
                    Cell("MFLOP", mflop > 0 ? absl::StrFormat("%.*f", mflop < 9.95 ? 2 : 1, mflop) : "-"),
                    Cell("GFLOP/s", task.gflops_s ? absl::StrFormat("%.1f", *task.gflops_s) : "-"));
  }
  absl::StrAppend(&row, Cell("Of limit", EscapeHtml(task.limit)), Cell("Trials", absl::StrCat(task.trials)),
                  Cell("Ended", EscapeHtml(task.ended)), "<td data-name=\"Best time\">",
                  SmallStepChart(points, options), "</td></tr>\n");
  return row;
}

std::string TaskTable(const ReportData& data) {
  std::string html = "<h2>Tasks</h2>\n";
  if (data.tasks.empty()) return absl::StrCat(html, Paragraph("read", "The job has no tasks."));
  const bool with_rate = std::any_of(data.tasks.begin(), data.tasks.end(),
                                     [](const TaskReport& task) { return task.flops > 0; });
  absl::StrAppend(&html,
                  "<div class=\"wide\"><table class=\"tasks\">\n<thead><tr><th>Workload</th>"
                  "<th class=\"number\">Count</th><th class=\"number\">Share</th>"
                  "<th class=\"number\">Default µs</th><th class=\"number\">Tuned µs</th>"
                  "<th class=\"number\">Speed-up</th>",
                  with_rate ? "<th class=\"number\">MFLOP</th><th class=\"number\">GFLOP/s</th>" : "",
                  "<th class=\"number\">Of limit</th><th class=\"number\">Trials</th><th>Ended</th>"
                  "<th>Best time</th></tr></thead>\n<tbody>\n");
  const size_t shown = std::min(data.tasks.size(), kMostTasks);
  for (size_t i = 0; i < shown; ++i) absl::StrAppend(&html, TaskRow(data.tasks[i], with_rate));
  absl::StrAppend(&html, "</tbody></table></div>\n");
  if (shown < data.tasks.size()) {
    absl::StrAppend(&html,
                    Paragraph("read", absl::StrCat("The table leaves out the ", data.tasks.size() - shown,
                                                   " tasks with the smallest shares.")));
  }
  std::string legend = kTableLegend;
  if (with_rate) legend += kRateLegend;
  return absl::StrCat(html, Paragraph("read", legend), Paragraph("read", kSpeedUpLegend),
                      Paragraph("read", kEndLegend));
}

std::string OutcomeBars(const ReportData& data) {
  std::string html = "<h2>Outcomes of the trials</h2>\n";
  if (data.outcomes.empty()) return absl::StrCat(html, Paragraph("read", "No trial has ended."));
  int64_t largest = 0;
  for (const OutcomeReport& outcome : data.outcomes) largest = std::max(largest, outcome.count);
  for (const OutcomeReport& outcome : data.outcomes) {
    const bool good = outcome.kind == v1::OUTCOME_KIND_OK;
    const double width = 100 * static_cast<double>(outcome.count) / static_cast<double>(largest);
    absl::StrAppend(&html, "<div class=\"bar\"><code>", EscapeHtml(OutcomeKindWord(outcome.kind)),
                    "</code><div", good ? " class=\"good\"" : "", " style=\"width:", CoordinateText(width),
                    "%\"></div><span class=\"number\">", outcome.count, "</span></div>\n");
    std::string text = Explanation(outcome.kind);
    if (!outcome.first_message.empty()) {
      absl::StrAppend(&text, text.empty() ? "" : " ",
                      "The first message was: ", Shortened(outcome.first_message, kMostMessage));
    }
    absl::StrAppend(&html, Paragraph("faint", text));
  }
  return absl::StrCat(html, Paragraph("read", kOutcomeLegend));
}

std::string Conditions(const ReportData& data) {
  std::string html = absl::StrCat("<h2>Conditions</h2>\n", Paragraph("read", data.conditions_of));
  if (data.conditions.empty()) return html;
  absl::StrAppend(&html, "<table class=\"facts\"><tbody>\n");
  for (const auto& [name, value] : data.conditions) {
    absl::StrAppend(&html, "<tr><th scope=\"row\">", EscapeHtml(name), "</th><td>",
                    EscapeHtml(Shortened(value, kMostMessage)), "</td></tr>\n");
  }
  return absl::StrCat(html, "</tbody></table>\n",
                      Paragraph("read", "A condition that is not listed could not be read on the device."));
}

std::string Commands(const ReportData& data) {
  if (data.commands.empty()) return "";
  std::string html = "<h2>How to reproduce it</h2>\n";
  for (const ReportCommand& command : data.commands) {
    absl::StrAppend(&html, "<p>", EscapeHtml(command.purpose), "</p>\n<pre>", EscapeHtml(command.command),
                    "</pre>\n");
  }
  return html;
}

}  // namespace

std::string ReportBody(const ReportData& data) {
  return absl::StrCat(Header(data), Tiles(data), ModelCurves(data), TaskTable(data), OutcomeBars(data),
                      Conditions(data), Commands(data));
}

std::string ReportHtml(const ReportData& data) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
      "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"/>\n<title>",
      EscapeHtml(data.model), ": tuning report</title>\n<style>", kReportStyle, "</style>\n</head>\n<body>\n",
      ReportBody(data), "</body>\n</html>\n");
}

}  // namespace diapason::tuner
