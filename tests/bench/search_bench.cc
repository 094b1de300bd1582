// Measures how much the cost model helps a search:
//   search_bench LOG.jsonl [SEEDS]
//
// Replays searches on the measured schedules of an exported tuning log, which record_schedules can make.
// For each task it prints the median number of trials until the first schedule whose time is within 5 % of
// the best one in the log. It compares random search with the policy that has a cost model. That policy is
// run once without prior data and once with the log's other tasks. The default schedule is tried first and
// not counted, because it is often good enough.
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

enum class Kind { kRandom, kAlone, kHelped };

int TrialsToGoal(const ReplaySpace& space, double goal_us, tuner::SearchPolicy& policy) {
  std::vector<tuner::Observation> pending;
  for (int trial = 1;; ++trial) {
    std::vector<tuner::Proposal> proposals = policy.Suggest(1);
    if (proposals.empty()) return trial;
    tuner::Proposal& proposal = proposals.front();
    const double time_us = space.TimeUs(proposal.config);
    if (trial > 1 && time_us <= goal_us) return trial;  // the first trial is the default schedule
    pending.push_back({std::move(proposal.config), std::move(proposal.feature_row), time_us});
    if (pending.size() <= kPending) continue;
    policy.Observe({&pending.front(), 1});
    pending.erase(pending.begin());
  }
}

std::vector<double> Replay(Kind kind, const ReplaySpace& space, const std::vector<costmodel::Group>& related,
                           double goal_us, int seeds) {
  std::vector<double> trials;
  for (int seed = 1; seed <= seeds; ++seed) {
    tuner::SearchOptions options = {.rng_seed = static_cast<uint64_t>(seed)};
    if (kind == Kind::kHelped) options.related = related;
    auto policy = kind == Kind::kRandom
                      ? tuner::NewRandomPolicy(space, options)
                      : tuner::NewSearchPolicy(
                            space, costmodel::NewXgboostCostModel({.seed = options.rng_seed}), options);
    trials.push_back(TrialsToGoal(space, goal_us, *policy));
  }
  std::sort(trials.begin(), trials.end());
  return trials;
}

void PrintTask(const std::string& name, const ReplaySpace& space,
               const std::vector<costmodel::Group>& related, int seeds) {
  const std::vector<double>& times = space.measured().times_us;
  const double best = *std::min_element(times.begin(), times.end());
  const auto good = std::count_if(times.begin(), times.end(), [&](double us) { return us <= kGoal * best; });
  const std::vector<double> random = Replay(Kind::kRandom, space, related, kGoal * best, seeds);
  const std::vector<double> alone = Replay(Kind::kAlone, space, related, kGoal * best, seeds);
  const std::vector<double> helped = Replay(Kind::kHelped, space, related, kGoal * best, seeds);
  std::printf(
      "| %-36s | %5zu | %4td | %8.1f | %8.1f | %6.1f | %6.1f (%.0f-%.0f) | %4.2f | %6.1f (%.0f-%.0f) | %4.2f "
      "|\n",
      name.c_str(), times.size(), good, times.front(), best, Median(random), Median(alone), alone.front(),
      alone.back(), Median(alone) / Median(random), Median(helped), helped.front(), helped.back(),
      Median(helped) / Median(random));
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
  std::map<std::string, ReplaySpace> tasks;
  const std::vector<v1::Workload> workloads = *(*store)->FindWorkloads("");
  for (const v1::Workload& workload : workloads) {
    std::vector<v1::Record> records = *(*store)->FindRecords({.workload_id = workload.id()});
    std::reverse(records.begin(), records.end());
    tasks.emplace(workload.summary(), ReplaySpace(records));
  }
  std::printf(
      "| task | schedules | within 5 %% | default us | best us | random | model (min-max) | ratio | "
      "model and related tasks (min-max) | ratio |\n|---|---|---|---|---|---|---|---|---|---|\n");
  for (const auto& [name, space] : tasks) {
    std::vector<costmodel::Group> related;
    for (const auto& [other, other_space] : tasks) {
      if (other != name) related.push_back(other_space.measured());
    }
    PrintTask(name, space, related, seeds);
  }
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
