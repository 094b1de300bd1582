#include "tuner/report/job_report.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "proto/domain/outcome.h"
#include "tuner/report/text_table.h"

namespace diapason::tuner {
namespace {

using OutcomeCounts = std::map<v1::OutcomeKind, int64_t>;

std::string OutcomeText(const OutcomeCounts& counts) {
  std::vector<std::string> parts;
  for (const auto& [kind, count] : counts) parts.push_back(absl::StrCat(count, " ", OutcomeKindWord(kind)));
  return absl::StrJoin(parts, ", ");
}

// Returns a line for each number of threads but the first, which is the one of the main table.
std::string ThreadsLines(const v1::JobStatus& status) {
  struct Sum {
    ModelTimes times;
    int faster = 0;  // tasks whose comparison found a faster schedule than the default
    int tasks = 0;   // tasks that were compared
  };
  std::map<int, Sum> sums;
  for (const v1::TaskStatus& task : status.tasks()) {
    for (int i = 1; i < task.by_threads_size(); ++i) {
      const v1::ThreadsStatus& result = task.by_threads(i);
      Sum& sum = sums[result.threads()];
      ++sum.tasks;
      sum.faster += result.verdict() == v1::VERDICT_FASTER;
      sum.times.default_us += task.weight() * result.default_us();
      sum.times.best_us += task.weight() * result.best_us();
    }
  }
  std::string text;
  for (const auto& [threads, sum] : sums) {
    absl::StrAppendFormat(&text, "on %d threads: %s -> %s us; %d of %d tasks faster than the default\n",
                          threads, FormatUs(sum.times.default_us), FormatUs(sum.times.best_us), sum.faster,
                          sum.tasks);
  }
  return text;
}

}  // namespace

std::map<v1::OutcomeKind, int64_t> CountOutcomes(const v1::TaskStatus& task) {
  OutcomeCounts counts;
  for (const v1::OutcomeCount& count : task.outcomes()) counts[count.kind()] += count.count();
  return counts;
}

std::string SpeedUpText(const v1::TaskStatus& task) {
  if (task.verdict() == v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE) return "no diff.";
  if (task.default_us() <= 0 || task.best_us() <= 0) return "-";
  return absl::StrFormat("%.2fx%s", task.default_us() / task.best_us(),
                         task.verdict() == v1::VERDICT_FASTER ? "" : " ?");
}

std::string LimitText(const v1::TaskStatus& task) {
  if (task.limit_us() <= 0 || task.best_us() <= 0) return "-";
  return absl::StrFormat("%.2fx", task.best_us() / task.limit_us());
}

std::string EndText(const v1::JobStatus& status, const v1::TaskStatus& task) {
  if (!task.ended().empty()) return task.ended();
  return status.state() == v1::JOB_STATE_RUNNING ? "" : "budget";
}

ModelTimes SumTasks(const v1::JobStatus& status) {
  ModelTimes times;
  for (const v1::TaskStatus& task : status.tasks()) {
    if (task.default_us() <= 0 || task.best_us() <= 0) continue;
    times.default_us += task.weight() * task.default_us();
    times.best_us += task.weight() * task.best_us();
  }
  return times;
}

std::string ProgressText(const v1::JobStatus& status) {
  const auto converged = std::count_if(status.tasks().begin(), status.tasks().end(),
                                       [](const v1::TaskStatus& task) { return task.converged(); });
  const ModelTimes times = SumTasks(status);
  std::string text =
      absl::StrFormat("%d trials  %.1f/s", status.trials_done(), status.metrics().trials_per_second());
  if (status.tasks_size() > 1)
    absl::StrAppend(&text, "  ", converged, " of ", status.tasks_size(), " tasks done");
  if (times.best_us > 0) {
    absl::StrAppendFormat(&text, "  %s -> %s us", FormatUs(times.default_us), FormatUs(times.best_us));
  }
  if (status.remaining_us() > 0) {
    absl::StrAppend(&text, "  ", FormatSeconds(static_cast<double>(status.remaining_us()) / 1e6), " left");
  }
  if (!status.waiting_for().empty()) absl::StrAppend(&text, "  waits: ", status.waiting_for());
  if (!status.message().empty()) absl::StrAppend(&text, "  (", status.message(), ")");
  return text;
}

std::string JobTable(const v1::JobStatus& status, bool verbose) {
  OutcomeCounts all;
  TextTable table({{"task", false, 8},
                   {"workload", false, 30},
                   {"x", true},
                   {"default us", true},
                   {"tuned us", true},
                   {"speed-up", true},
                   {"limit", true},
                   {"trials", true},
                   {"ended", false}});
  for (const v1::TaskStatus& task : status.tasks()) {
    const OutcomeCounts counts = CountOutcomes(task);
    for (const auto& [kind, count] : counts) all[kind] += count;
    table.AddRow({task.task_id().substr(0, 8), task.summary(), absl::StrCat(task.weight()),
                  FormatUs(task.default_us()), FormatUs(task.best_us()), SpeedUpText(task), LimitText(task),
                  absl::StrCat(task.trials()), EndText(status, task)});
  }
  const v1::JobMetrics& metrics = status.metrics();
  const ModelTimes times = SumTasks(status);
  std::string text = table.Text();
  if (!all.empty()) absl::StrAppend(&text, "outcomes: ", OutcomeText(all), "\n");
  if (times.best_us > 0) {
    absl::StrAppendFormat(&text, "sum of tasks: %s -> %s us (%.2fx)\n", FormatUs(times.default_us),
                          FormatUs(times.best_us), times.default_us / times.best_us);
  }
  text += ThreadsLines(status);
  absl::StrAppendFormat(
      &text, "%d trials in %s: %.1f/s, device busy %.0f %%, median trial %.0f ms, median build %.0f ms\n",
      status.trials_done(), FormatSeconds(static_cast<double>(status.elapsed_us()) / 1e6),
      metrics.trials_per_second(), 100 * metrics.device_busy_share(), metrics.median_trial_ms(),
      metrics.median_build_ms());
  if (metrics.median_trial_ms() > 0)  // otherwise no trial has reached a device
    absl::StrAppend(&text, "sandbox: ", metrics.reduced_sandbox() ? "reduced" : "full", "\n");
  if (verbose) {
    std::vector<std::string> stages;
    for (const v1::StageTime& stage : metrics.median_build_stages()) {
      stages.push_back(absl::StrFormat("%s %.1f", stage.stage(), stage.us() / 1e3));
    }
    absl::StrAppend(&text, "median build stages (ms): ", absl::StrJoin(stages, ", "), "\n");
  }
  return text;
}

}  // namespace diapason::tuner
