#include "tuner/report/report_data.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "proto/statistics/quantile.h"

namespace diapason::tuner {
namespace {

std::string BytesText(int64_t bytes) {
  if (bytes >= 1 << 20) return absl::StrFormat("%.4g MiB", static_cast<double>(bytes) / (1 << 20));
  return absl::StrFormat("%.4g KiB", static_cast<double>(bytes) / (1 << 10));
}

std::string Names(const RecordSummary::Counts& counts) {
  return absl::StrJoin(counts, ", ", [](std::string* out, const auto& entry) { *out += entry.first; });
}

// "performance"; of several values, how often each occurs: "ondemand (12), performance (400)".
std::string CountsText(const RecordSummary::Counts& counts) {
  if (counts.size() <= 1) return Names(counts);
  return absl::StrJoin(counts, ", ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, entry.first, " (", entry.second, ")");
  });
}

// "2900 to 3100 MHz, median 3000 MHz"; "3000 MHz" if they are all equal at this precision.
std::string RangeText(const std::vector<double>& values, int digits, const std::string& unit) {
  const auto text = [&](double value) { return absl::StrFormat("%.*f", digits, value); };
  const std::string low = text(*std::min_element(values.begin(), values.end()));
  const std::string high = text(*std::max_element(values.begin(), values.end()));
  if (low == high) return absl::StrCat(low, unit);
  return absl::StrCat(low, " to ", high, unit, ", median ", text(Median(values)), unit);
}

std::vector<OutcomeReport> Outcomes(const ReportInput& input) {
  std::map<v1::OutcomeKind, int64_t> counts;
  for (const v1::TaskStatus& task : input.status.tasks()) {
    for (const auto& [kind, count] : CountOutcomes(task)) counts[kind] += count;
  }
  std::vector<OutcomeReport> outcomes;
  for (const auto& [kind, count] : counts) {
    if (count <= 0) continue;
    const auto message = input.records.first_messages().find(kind);
    outcomes.push_back({kind, count, message == input.records.first_messages().end() ? "" : message->second});
  }
  std::sort(outcomes.begin(), outcomes.end(), [](const OutcomeReport& a, const OutcomeReport& b) {
    const bool a_ok = a.kind == v1::OUTCOME_KIND_OK, b_ok = b.kind == v1::OUTCOME_KIND_OK;
    return std::tie(b_ok, b.count, a.kind) < std::tie(a_ok, a.count, b.kind);
  });
  return outcomes;
}

std::vector<TaskReport> Tasks(const ReportInput& input) {
  absl::flat_hash_map<std::string, int64_t> flops;  // by workload
  for (const v1::JobTask& task : input.tasks) flops[task.workload().id()] = task.workload().flops();
  double sum_us = 0;
  for (const v1::TaskStatus& task : input.status.tasks()) sum_us += task.weight() * task.best_us();
  std::vector<TaskReport> tasks;
  for (const v1::TaskStatus& status : input.status.tasks()) {
    TaskReport& task = tasks.emplace_back();
    task.task_id = status.task_id();
    task.summary = status.summary();
    task.weight = status.weight();
    task.default_us = status.default_us();
    task.best_us = status.best_us();
    task.speed_up = SpeedUpText(status);
    task.trials = status.trials();
    task.limit = LimitText(status);
    task.ended = EndText(input.status, status);
    task.flops = flops[status.workload_id()];
    task.trouble = status.stopped();
    if (!status.failure().empty())
      absl::StrAppend(&task.trouble, task.trouble.empty() ? "" : "; ",
                      "no schedule worked: ", status.failure());
    task.curve = input.history.TaskCurve(status.task_id());
    if (task.best_us <= 0) continue;
    task.share = task.weight * task.best_us / sum_us;
    if (task.flops > 0) task.gflops_s = static_cast<double>(task.flops) / task.best_us / 1e3;
  }
  std::sort(tasks.begin(), tasks.end(), [](const TaskReport& a, const TaskReport& b) {
    const double share_a = a.share.value_or(0), share_b = b.share.value_or(0);
    return std::tie(share_b, a.task_id) < std::tie(share_a, b.task_id);
  });
  return tasks;
}

std::string ConditionsOf(const ReportInput& input) {
  const int64_t measured = input.records.measured();
  switch (input.scope) {
    case RecordScope::kJob:
      return measured == 1 ? "The job made one successful measurement. These were its conditions."
                           : absl::StrCat("These were the conditions of the ", measured,
                                          " successful measurements of the job, with those of the final "
                                          "comparisons.");
    case RecordScope::kWinners:
      return absl::StrCat(
          "A tuner-server hands out only the best record of each task, so these are the "
          "conditions of ",
          measured, measured == 1 ? " measurement." : " measurements.");
    case RecordScope::kNone:
      break;
  }
  return "The records of the job could not be read, so little is known about its conditions.";
}

std::vector<std::pair<std::string, std::string>> Conditions(const ReportInput& input,
                                                            absl::Span<const OutcomeReport> outcomes) {
  std::vector<std::pair<std::string, std::string>> rows;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) rows.emplace_back(name, value);
  };
  const RecordSummary& records = input.records;
  add("Threads of a kernel", CountsText(records.threads()));
  add("Frequency governor", CountsText(records.governors()));
  if (!records.frequencies_mhz().empty())
    add("Frequency of the measuring core", RangeText(records.frequencies_mhz(), 0, " MHz"));
  if (!records.temperatures_c().empty())
    add("Temperature of the hottest zone", RangeText(records.temperatures_c(), 0, " °C"));
  if (!records.canary_drifts().empty()) {
    add("Drift of the canary",
        absl::StrCat(RangeText(records.canary_drifts(), 2, ""),
                     ". The canary is a loop with a fixed cycle count. This is its time after a measurement, "
                     "divided by its time before it; 1.00 means that the core's speed did not change."));
  }
  if (!records.spreads().empty()) {
    add("Spread of the samples",
        absl::StrFormat(
            "%.0f %% of the median in the middle measurement, %.0f %% or more in the noisiest tenth. "
            "The spread is the difference between the 90th and the 10th percentile of the samples.",
            100 * Median(records.spreads()), 100 * Quantile(records.spreads(), 0.9)));
  }
  if (input.status.trials_done() > 0) {
    int64_t throttled = 0;
    for (const OutcomeReport& outcome : outcomes) {
      if (outcome.kind == v1::OUTCOME_KIND_THROTTLED) throttled = outcome.count;
    }
    add("Throttled trials", throttled == 0
                                ? "none"
                                : absl::StrCat(throttled,
                                               ", because the core's speed changed too much; their "
                                               "times were discarded"));
  }
  if (records.emulated() > 0)
    add("Emulated", absl::StrCat(records.emulated(), " measurements; their times mean nothing"));
  add("Sandbox", CountsText(records.sandboxes()));
  add("Measuring protocol", CountsText(records.measure_protocols()));
  add("Back end", CountsText(records.backends()));
  return rows;
}

}  // namespace

std::string MachineText(const v1::Target& target) {
  std::vector<std::string> parts;
  const std::string& design = target.microarchitecture();
  if (!design.empty()) parts.push_back(design);
  if (!target.cpu().empty() && target.cpu() != design) parts.push_back(target.cpu());
  if (!target.triple().empty()) parts.push_back(target.triple());
  if (target.vector_bits() > 0) parts.push_back(absl::StrCat(target.vector_bits(), "-bit vectors"));
  if (target.cores() > 0)
    parts.push_back(absl::StrCat(target.cores(), target.cores() == 1 ? " core" : " cores"));
  for (const v1::Cache& cache : target.caches())
    parts.push_back(absl::StrCat("L", cache.level(), " ", BytesText(cache.size_bytes())));
  return absl::StrJoin(parts, ", ");
}

ReportData CollectReport(const ReportInput& input) {
  const v1::JobStatus& status = input.status;
  ReportData data;
  data.model = status.name();
  data.device = Names(input.records.devices());
  data.machine = MachineText(status.target());
  if (status.created_unix_us() > 0) {
    data.date = absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::FromUnixMicros(status.created_unix_us()),
                                 absl::UTCTimeZone());
  }
  data.release = input.release;
  data.job_id = status.job_id();
  data.task_sum = SumTasks(status);
  data.measured = input.measured;
  data.trials = status.trials_done();
  data.seconds = static_cast<double>(status.elapsed_us()) / 1e6;
  data.metrics = status.metrics();
  data.curve = input.history.ModelCurve();
  data.tasks = Tasks(input);
  data.outcomes = Outcomes(input);
  data.conditions_of = ConditionsOf(input);
  data.conditions = Conditions(input, data.outcomes);
  return data;
}

}  // namespace diapason::tuner
