#include "tuner/search/training_groups.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>

#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/record_time.h"

namespace diapason::tuner {
namespace {

constexpr int64_t kMaxRecords = 12'000;  // the newest ones; to read and to train on them takes a few seconds
constexpr float kOtherMachine = 0.3F;    // weight of a row of another machine
constexpr double kFullWeight = 100;  // rows of a group that has more weigh less, so that no task outweighs

// Returns the ranks of the values, from 0; equal values share the mean of their ranks.
std::vector<double> Ranks(const std::vector<float>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end - 1) / 2;
  }
  return ranks;
}

}  // namespace

absl::StatusOr<std::vector<costmodel::Group>> TrainingGroups(const db::RecordStore& store,
                                                             absl::string_view target_fingerprint,
                                                             absl::string_view feature_schema) {
  db::RecordQuery query;
  query.threads = 1;
  query.only_ok = true;
  query.limit = kMaxRecords;
  std::map<std::pair<std::string, std::string>, costmodel::Group> groups;  // by machine and workload
  std::map<std::string, SpeedReference> speeds;                            // by machine
  DIAPASON_RETURN_IF_ERROR(store.VisitRecords(query, [&](const v1::Record& record) {
    if (record.phase() != v1::TRIAL_PHASE_SEARCH || record.predicted_us() <= 0 ||
        record.measurement().median_us() <= 0 || record.feature_schema() != feature_schema) {
      return absl::OkStatus();
    }
    const std::string& machine = record.target_fingerprint();
    costmodel::Group& group = groups[{machine, record.workload_id()}];
    const double time_us = speeds[machine].TimeUs(record.measurement());
    group.rows.emplace_back(record.feature_row().begin(), record.feature_row().end());
    group.residuals.push_back(static_cast<float>(std::log(time_us / record.predicted_us())));
    group.weight = machine == target_fingerprint ? 1 : kOtherMachine;
    return absl::OkStatus();
  }));
  std::vector<costmodel::Group> found;
  for (auto& [key, group] : groups) {
    group.weight *= static_cast<float>(std::min(1.0, kFullWeight / static_cast<double>(group.rows.size())));
    found.push_back(std::move(group));
  }
  return found;
}

double RankCorrelation(const std::vector<float>& a, const std::vector<float>& b) {
  const std::vector<double> x = Ranks(a), y = Ranks(b);
  const double mean = (static_cast<double>(x.size()) - 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

}  // namespace diapason::tuner
