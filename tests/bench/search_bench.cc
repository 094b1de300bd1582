// Measures how many trials a search needs:
//   search_bench LOG.jsonl [SEEDS]
//
// Replays searches on the measured schedules of a log that record_schedules exported. For each task it prints
// the median number of trials until the first schedule whose time is within 5 % of the best one that any
// search has recorded. Random search draws from the schedules that were recorded at random. The search with
// its model chooses from all recorded schedules. It is run once without other data and once with a model that
// was trained on the log's other tasks. It begins with the default schedule, which is often good enough.
// Therefore another column does not count the default.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "compiler/space/feature_row.h"
#include "costmodel/cost_model.h"
#include "db/json_lines.h"
#include "db/record_store.h"
#include "proto/statistics/quantile.h"
#include "tests/testing/replay_space.h"
#include "tuner/compile/tuning_log.h"
#include "tuner/search/policy_factory.h"

namespace diapason {
namespace {

using ::diapason::testing::ReplaySpace;

constexpr double kGoal = 1.05;

// The policy is asked for more while this many trials are pending, as in a job.
constexpr size_t kPending = 3;

struct Task {
  ReplaySpace all;
  ReplaySpace random;  // only those that were drawn at random
};

// How a search is run.
struct Setting {
  const ReplaySpace& space;
  double goal_us = 0;
  bool with_default = true;  // whether the default schedule counts
  std::shared_ptr<const costmodel::CostModel> model;
};

int TrialsToGoal(const Setting& setting, tuner::SearchPolicy& policy) {
  std::vector<tuner::Observation> pending;
  for (int trial = 1;; ++trial) {
    std::vector<tuner::Proposal> proposals = policy.Suggest(1);
    if (proposals.empty()) return trial;
    tuner::Proposal& proposal = proposals.front();
    const double time_us = setting.space.TimeUs(proposal.config);
    const bool counts = trial > 1 || setting.with_default;  // the first trial is the default schedule
    if (counts && time_us <= setting.goal_us) return setting.with_default ? trial : trial - 1;
    pending.push_back({std::move(proposal.config), std::move(proposal.feature_row), time_us});
    if (pending.size() <= kPending) continue;
    policy.Observe({&pending.front(), 1});
    pending.erase(pending.begin());
  }
}

using NewPolicy = std::unique_ptr<tuner::SearchPolicy> (*)(const compiler::space::SearchSpace&,
                                                           tuner::SearchOptions);

// Returns the median over the seeds.
double Trials(NewPolicy make, const Setting& setting, int seeds) {
  std::vector<double> trials;
  for (int seed = 1; seed <= seeds; ++seed) {
    tuner::SearchOptions options;
    options.rng_seed = static_cast<uint64_t>(seed);
    options.model = setting.model;
    trials.push_back(TrialsToGoal(setting, *make(setting.space, options)));
  }
  return Median(trials);
}

// Returns a model that was trained on all tasks but one.
std::shared_ptr<const costmodel::CostModel> ModelWithout(const std::string& name,
                                                         const std::map<std::string, Task>& tasks) {
  std::vector<costmodel::Group> groups;
  for (const auto& [other, task] : tasks) {
    if (other == name) continue;
    costmodel::Group& group = groups.emplace_back();
    for (size_t i = 0; i < task.all.rows().size(); ++i) {
      const std::vector<float>& row = task.all.rows()[i];
      const float cost = row[compiler::space::kAnalyticCostFeature];
      if (!std::isfinite(task.all.times_us()[i]) || !std::isfinite(cost)) continue;
      group.rows.push_back(row);
      group.residuals.push_back(
          static_cast<float>(std::log(task.all.times_us()[i] / task.all.times_us().front())) -
          cost * std::log(2.0F));
    }
  }
  std::shared_ptr<costmodel::CostModel> model = costmodel::NewXgboostCostModel({});
  return model->Fit(groups).ok() ? model : nullptr;
}

int Main(const char* path, int seeds) {
  auto store = db::OpenRecordStore("sqlite::memory:", db::OpenMode::kReadWrite, nullptr);
  std::ifstream in(path);
  if (!store.ok() || !in) {
    std::fprintf(stderr, "cannot read %s\n", path);
    return 1;
  }
  const auto imported = db::ImportJsonLines(in, **store, tuner::TodaysIdentity);
  if (!imported.ok()) {
    std::fprintf(stderr, "%s: %s\n", path, imported.status().ToString().c_str());
    return 1;
  }
  std::map<std::string, Task> tasks;
  const std::vector<v1::Workload> workloads = *(*store)->FindWorkloads("");
  for (const v1::Workload& workload : workloads) {
    std::vector<v1::Record> records = *(*store)->FindRecords({.workload_id = workload.id()});
    std::reverse(records.begin(), records.end());
    std::vector<v1::Record> random;
    for (const v1::Record& record : records) {
      if (absl::StrContains(record.trial_id(), "-random-")) random.push_back(record);
    }
    tasks.emplace(workload.summary(), Task{ReplaySpace(records), ReplaySpace(random)});
  }
  std::printf(
      "| task | recorded | random within 5 %% | default us | best us | random | model | model, no default | "
      "model and other tasks | the same, no default |\n|---|---|---|---|---|---|---|---|---|---|\n");
  std::vector<double> random_trials, model_trials, ratios;
  for (const auto& [name, task] : tasks) {
    const std::vector<double>& times = task.all.times_us();
    const double best = *std::min_element(times.begin(), times.end());
    const double goal = kGoal * best;
    const auto good = std::count_if(task.random.times_us().begin() + 1, task.random.times_us().end(),
                                    [&](double us) { return us <= goal; });
    const auto others = ModelWithout(name, tasks);
    const double random = Trials(tuner::NewRandomPolicy, {task.random, goal, false, nullptr}, seeds);
    const double alone = Trials(tuner::NewModelPolicy, {task.all, goal, true, nullptr}, seeds);
    const double harder = Trials(tuner::NewModelPolicy, {task.all, goal, false, nullptr}, seeds);
    const double helped = Trials(tuner::NewModelPolicy, {task.all, goal, true, others}, seeds);
    const double helped_harder = Trials(tuner::NewModelPolicy, {task.all, goal, false, others}, seeds);
    std::printf("| %s | %zu | %td | %.1f | %.1f | %s%.1f | %.1f | %.1f | %.1f | %.1f |\n", name.c_str(),
                times.size(), good, times.front(), best, good == 0 ? "> " : "", random, alone, harder, helped,
                helped_harder);
    random_trials.push_back(random);
    model_trials.push_back(alone);
    ratios.push_back(std::log(random / alone));
  }
  const double mean = std::accumulate(ratios.begin(), ratios.end(), 0.0) /
                      static_cast<double>(std::max<size_t>(ratios.size(), 1));
  std::printf("Medians over the tasks: random %.1f, model %.1f; geometric mean of the ratios %.1f\n",
              Median(random_trials), Median(model_trials), std::exp(mean));
  return 0;
}

}  // namespace
}  // namespace diapason

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: search_bench LOG.jsonl [SEEDS]\n");
    return 2;
  }
  return diapason::Main(argv[1], argc > 2 ? std::atoi(argv[2]) : 10);
}
