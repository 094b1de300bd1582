#include "tuner/cli/time_breakdown.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tuner/report/text_table.h"

namespace diapason::tuner {
namespace {

std::string Signed(double us) { return absl::StrFormat("%+.1f", us); }

std::string Percent(double part, double whole) {
  return whole > 0 ? absl::StrFormat("%.1f %%", 100 * part / whole) : "-";
}

// Appends a line such as "   120.5 us   9.1 %  what it is".
void AddSum(const std::string& us, double part, double whole, const std::string& what, std::string& text) {
  absl::StrAppendFormat(&text, "%10s us %7s  %s\n", us, Percent(part, whole), what);
}

}  // namespace

TimeBreakdown BreakDown(const compiler::model::Manifest& manifest, const compiler::model::Timing& timing) {
  TimeBreakdown breakdown;
  breakdown.model_us = timing.median_us;
  breakdown.between_us = timing.median_us;
  breakdown.tasks.resize(manifest.tasks.size());
  for (size_t i = 0; i < manifest.tasks.size(); ++i) {
    breakdown.tasks[i].task = static_cast<int64_t>(i);
    breakdown.tasks[i].alone_us =
        static_cast<double>(manifest.tasks[i].weight) * manifest.tasks[i].measured_us;
  }
  for (size_t i = 0; i < manifest.calls.size() && i < timing.call_us.size(); ++i) {
    breakdown.tasks[static_cast<size_t>(manifest.calls[i].task)].in_model_us += timing.call_us[i];
    breakdown.between_us -= timing.call_us[i];
  }
  for (const TaskTime& task : breakdown.tasks) {
    if (task.alone_us > 0) {
      breakdown.alone_us += task.alone_us;
      breakdown.slower_us += task.in_model_us - task.alone_us;
    } else {
      breakdown.unknown_us += task.in_model_us;
    }
  }
  std::stable_sort(breakdown.tasks.begin(), breakdown.tasks.end(),
                   [](const TaskTime& a, const TaskTime& b) { return a.in_model_us > b.in_model_us; });
  return breakdown;
}

std::string BreakdownText(const compiler::model::Manifest& manifest, const TimeBreakdown& breakdown,
                          int threads) {
  TextTable table({{"task", false, 8},
                   {"workload", false, 26},
                   {"x", true},
                   {"in model", true},
                   {"alone", true},
                   {"more", true},
                   {"share", true}});
  for (const TaskTime& time : breakdown.tasks) {
    const compiler::model::ManifestTask& task = manifest.tasks[static_cast<size_t>(time.task)];
    table.AddRow({task.workload_id.substr(0, 8), task.summary, absl::StrCat(task.weight),
                  FormatUs(time.in_model_us), FormatUs(time.alone_us),
                  time.alone_us > 0 ? Signed(time.in_model_us - time.alone_us) : "-",
                  Percent(time.in_model_us, breakdown.model_us)});
  }
  const double model = breakdown.model_us;
  std::string text = table.Text();
  AddSum(absl::StrFormat("%.1f", breakdown.alone_us), breakdown.alone_us, model,
         "the tasks alone, as measured in the log", text);
  AddSum(Signed(breakdown.slower_us), breakdown.slower_us, model,
         "extra time in the model: colder caches, borders", text);
  if (breakdown.unknown_us > 0)
    AddSum(Signed(breakdown.unknown_us), breakdown.unknown_us, model, "tasks without a time in the log",
           text);
  AddSum(Signed(breakdown.between_us), breakdown.between_us, model,
         "between the calls: threads, inputs and outputs", text);
  AddSum(absl::StrFormat("= %.1f", model), model, model, "one run of the model", text);
  if (threads > 1 && breakdown.alone_us > 0)
    absl::StrAppend(&text, "The log's times are for one thread, those in the model for ", threads, ".\n");
  return text;
}

void AddBreakdown(const compiler::model::Manifest& manifest, const TimeBreakdown& breakdown,
                  JsonObject& object) {
  for (const TaskTime& time : breakdown.tasks) {
    const compiler::model::ManifestTask& task = manifest.tasks[static_cast<size_t>(time.task)];
    JsonObject& entry = AddTo(object, "tasks");
    Set(entry, "workload_id", task.workload_id);
    Set(entry, "summary", task.summary);
    Set(entry, "weight", static_cast<double>(task.weight));
    Set(entry, "rung", task.rung);
    Set(entry, "in_model_us", time.in_model_us);
    Set(entry, "alone_us", time.alone_us);
  }
  JsonObject& sums = Nested(object, "breakdown");
  Set(sums, "model_us", breakdown.model_us);
  Set(sums, "alone_us", breakdown.alone_us);
  Set(sums, "slower_us", breakdown.slower_us);
  Set(sums, "unknown_us", breakdown.unknown_us);
  Set(sums, "between_us", breakdown.between_us);
}

}  // namespace diapason::tuner
