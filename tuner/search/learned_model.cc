#include "tuner/search/learned_model.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "compiler/space/feature_row.h"
#include "proto/base/status_macros.h"
#include "spdlog/spdlog.h"
#include "tuner/search/training_groups.h"

namespace diapason::tuner {
namespace {

using costmodel::CostModel;
using costmodel::Group;

constexpr int64_t kFewest = 48;      // records; fewer teach nothing that the search does not find at once
constexpr int64_t kNewShare = 4;     // a model is trained again with a quarter more records
constexpr size_t kHeldOut = 4;       // every fourth task is held out to see how good a model is
constexpr size_t kFewestToSort = 8;  // rows of a task whose order is compared

int64_t CountRows(const std::vector<Group>& groups) {
  int64_t rows = 0;
  for (const Group& group : groups) rows += static_cast<int64_t>(group.rows.size());
  return rows;
}

// Returns the logarithms of the times of a group's rows, without what all of them have in common.
std::vector<float> LogTimes(const Group& group, const std::vector<float>& residuals) {
  constexpr float kLn2 = 0.693147F;
  std::vector<float> times = residuals;
  for (size_t i = 0; i < times.size(); ++i) {
    const float cost = group.rows[i][compiler::space::kAnalyticCostFeature];
    if (std::isfinite(cost)) times[i] += kLn2 * cost;
  }
  return times;
}

// Returns CostModel.rank_correlation of log.proto.
absl::StatusOr<double> HeldOutCorrelation(const std::vector<Group>& groups) {
  std::vector<Group> training, held_out;
  for (size_t i = 0; i < groups.size(); ++i) {
    (i % kHeldOut == 0 && groups[i].rows.size() >= kFewestToSort ? held_out : training).push_back(groups[i]);
  }
  if (held_out.empty() || training.empty()) return 0.0;
  const std::unique_ptr<CostModel> model = costmodel::NewXgboostCostModel({});
  DIAPASON_RETURN_IF_ERROR(model->Fit(training));
  double sum = 0;
  for (const Group& group : held_out) {
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<float> predicted, model->Predict(group.rows));
    sum += RankCorrelation(LogTimes(group, predicted), LogTimes(group, group.residuals));
  }
  return sum / static_cast<double>(held_out.size());
}

}  // namespace

std::shared_ptr<const CostModel> LearnedModel::Get(const std::string& target_fingerprint) {
  MutexLock lock(mu_);
  Known& known = known_[target_fingerprint];
  if (known.looked_at < 0) Load(target_fingerprint, known);
  const int64_t enough = std::max(kFewest, known.records / kNewShare);
  if (known.looked_at < 0 || trials_ - known.looked_at >= enough) {
    known.looked_at = trials_;
    const absl::Status trained = Train(target_fingerprint, known);
    if (!trained.ok()) spdlog::warn("the cost model cannot be trained now: {}", trained.ToString());
  }
  return known.model;
}

void LearnedModel::CountTrials(int64_t trials) {
  MutexLock lock(mu_);
  trials_ += trials;
}

void LearnedModel::Load(const std::string& target_fingerprint, Known& known) const {
  const auto stored = store_.GetCostModel(target_fingerprint);
  if (!stored.ok() || stored->feature_schema() != feature_schema_) return;
  std::unique_ptr<CostModel> model = costmodel::NewXgboostCostModel({});
  if (!model->Load(stored->model()).ok()) return;
  known.model = std::move(model);
  known.records = stored->records();
  spdlog::info("cost model: loaded, trained on {} records, held-out rank correlation {:.2f}",
               stored->records(), stored->rank_correlation());
}

absl::Status LearnedModel::Train(const std::string& target_fingerprint, Known& known) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<Group> groups,
                            TrainingGroups(store_, target_fingerprint, feature_schema_));
  const int64_t records = CountRows(groups);
  if (records < std::max(kFewest, known.records + known.records / kNewShare)) return absl::OkStatus();
  std::unique_ptr<CostModel> model = costmodel::NewXgboostCostModel({});
  DIAPASON_RETURN_IF_ERROR(model->Fit(groups));
  v1::CostModel stored;
  stored.set_target_fingerprint(target_fingerprint);
  stored.set_feature_schema(feature_schema_);
  stored.set_records(records);
  DIAPASON_ASSIGN_OR_RETURN(*stored.mutable_model(), model->Save());
  DIAPASON_ASSIGN_OR_RETURN(const double correlation, HeldOutCorrelation(groups));
  stored.set_rank_correlation(correlation);
  known.model = std::move(model);
  known.records = records;
  spdlog::info("cost model: trained on {} records of {} tasks, held-out rank correlation {:.2f}", records,
               groups.size(), correlation);
  return store_.PutCostModel(stored);
}

}  // namespace diapason::tuner
