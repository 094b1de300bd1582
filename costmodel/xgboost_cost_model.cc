// The only file that includes XGBoost's C API.
#include <xgboost/c_api.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "costmodel/cost_model.h"
#include "proto/base/status_macros.h"

namespace diapason::costmodel {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

// The relevance of a group's rows is 0 for failures and 1 to kGrades, by rank, for the others. The model
// learns grades and not times, because the difference between two times of one grade is mostly noise.
constexpr int kGrades = 32;

absl::Status Check(int code) {
  return code == 0 ? absl::OkStatus() : absl::InternalError(absl::StrCat("xgboost: ", XGBGetLastError()));
}

struct FreeMatrix {
  void operator()(void* handle) const { XGDMatrixFree(handle); }
};
struct FreeBooster {
  void operator()(void* handle) const { XGBoosterFree(handle); }
};
using Matrix = std::unique_ptr<void, FreeMatrix>;
using Booster = std::unique_ptr<void, FreeBooster>;

// Appends the rows to `values`, one after the other. Returns InvalidArgument if the length of a row is not
// `width`.
absl::Status AppendRows(const std::vector<std::vector<float>>& rows, size_t width,
                        std::vector<float>& values) {
  for (const std::vector<float>& row : rows) {
    if (row.size() != width) {
      return absl::InvalidArgumentError(
          absl::StrCat("a feature row has ", row.size(), " features, but other rows have ", width));
    }
    values.insert(values.end(), row.begin(), row.end());
  }
  return absl::OkStatus();
}

// Appends one grade for each time. Equal times have equal grades.
void AppendGrades(const std::vector<double>& times_us, std::vector<float>& grades) {
  std::vector<int> order;
  for (size_t i = 0; i < times_us.size(); ++i) {
    if (std::isfinite(times_us[i])) order.push_back(static_cast<int>(i));
  }
  std::sort(order.begin(), order.end(), [&](int a, int b) { return times_us[a] > times_us[b]; });
  const size_t first = grades.size();
  grades.resize(first + times_us.size(), 0);
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const bool tie = rank > 0 && times_us[order[rank]] == times_us[order[rank - 1]];
    grades[first + order[rank]] =
        tie ? grades[first + order[rank - 1]] : static_cast<float>(1 + rank * kGrades / order.size());
  }
}

// The rows of all groups in the form that XGBoost reads.
struct TrainingSet {
  std::vector<float> values;
  std::vector<float> grades;
  std::vector<unsigned> group_sizes;
  size_t width = 0;
};

absl::StatusOr<TrainingSet> MakeTrainingSet(const std::vector<Group>& groups) {
  TrainingSet set;
  for (const Group& group : groups) {
    if (group.rows.size() != group.times_us.size()) {
      return absl::InvalidArgumentError(absl::StrCat("a group has ", group.rows.size(), " feature rows but ",
                                                     group.times_us.size(), " times"));
    }
    if (group.rows.empty()) continue;
    if (set.width == 0) set.width = group.rows.front().size();
    DIAPASON_RETURN_IF_ERROR(AppendRows(group.rows, set.width, set.values));
    AppendGrades(group.times_us, set.grades);
    set.group_sizes.push_back(static_cast<unsigned>(group.rows.size()));
  }
  if (set.width == 0) return absl::InvalidArgumentError("there is no feature row to learn from");
  return set;
}

absl::StatusOr<Matrix> MakeMatrix(const TrainingSet& set) {
  DMatrixHandle handle = nullptr;
  DIAPASON_RETURN_IF_ERROR(
      Check(XGDMatrixCreateFromMat(set.values.data(), set.grades.size(), set.width, kMissing, &handle)));
  Matrix matrix(handle);
  DIAPASON_RETURN_IF_ERROR(
      Check(XGDMatrixSetFloatInfo(handle, "label", set.grades.data(), set.grades.size())));
  DIAPASON_RETURN_IF_ERROR(
      Check(XGDMatrixSetUIntInfo(handle, "group", set.group_sizes.data(), set.group_sizes.size())));
  return matrix;
}

class XgboostCostModel : public CostModel {
 public:
  explicit XgboostCostModel(const XgboostOptions& options) : options_(options) {}

  absl::Status Fit(const std::vector<Group>& groups) override {
    DIAPASON_ASSIGN_OR_RETURN(const TrainingSet set, MakeTrainingSet(groups));
    DIAPASON_ASSIGN_OR_RETURN(const Matrix matrix, MakeMatrix(set));
    DIAPASON_ASSIGN_OR_RETURN(Booster booster, NewBooster(matrix.get()));
    for (int round = 0; round < options_.rounds; ++round) {
      DIAPASON_RETURN_IF_ERROR(Check(XGBoosterUpdateOneIter(booster.get(), round, matrix.get())));
    }
    booster_ = std::move(booster);
    width_ = set.width;
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<float>> Predict(const std::vector<std::vector<float>>& rows) const override {
    if (booster_ == nullptr) return absl::FailedPreconditionError("the cost model has not been fitted yet");
    if (rows.empty()) return std::vector<float>();
    std::vector<float> values;
    values.reserve(rows.size() * width_);
    DIAPASON_RETURN_IF_ERROR(AppendRows(rows, width_, values));
    const std::string array =
        absl::StrCat("{\"data\": [", reinterpret_cast<uintptr_t>(values.data()), ", true], \"shape\": [",
                     rows.size(), ", ", width_, "], \"typestr\": \"<f4\", \"version\": 3}");
    constexpr char kSettings[] =
        R"({"type": 0, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false, )"
        R"("missing": NaN, "cache_id": 0})";
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* scores = nullptr;
    DIAPASON_RETURN_IF_ERROR(Check(XGBoosterPredictFromDense(booster_.get(), array.c_str(), kSettings,
                                                             nullptr, &shape, &dimensions, &scores)));
    return std::vector<float>(scores, scores + rows.size());
  }

 private:
  // `matrix` is the data that the booster will be trained on.
  absl::StatusOr<Booster> NewBooster(void* matrix) const {
    BoosterHandle handle = nullptr;
    DIAPASON_RETURN_IF_ERROR(Check(XGBoosterCreate(&matrix, 1, &handle)));
    Booster booster(handle);
    const std::pair<const char*, std::string> parameters[] = {
        {"objective", "rank:pairwise"},
        {"tree_method", "hist"},
        {"max_bin", "64"},
        {"max_depth", absl::StrCat(options_.max_depth)},
        {"eta", absl::StrCat(options_.learning_rate)},
        {"nthread", absl::StrCat(options_.threads)},
        {"seed", absl::StrCat(options_.seed & 0x7fffffff)},
        {"num_pairsample", "8"},  // with XGBoost's default of 1, the gradients of small groups are noise
        // Features are redundant. Trees on different features make different errors.
        {"colsample_bytree", "0.5"},
        {"min_child_weight", "0.3"},  // a handful of rows must be able to form a leaf
        {"verbosity", "0"},
    };
    for (const auto& [name, value] : parameters) {
      DIAPASON_RETURN_IF_ERROR(Check(XGBoosterSetParam(handle, name, value.c_str())));
    }
    return booster;
  }

  const XgboostOptions options_;
  Booster booster_;
  size_t width_ = 0;
};

}  // namespace

std::unique_ptr<CostModel> NewXgboostCostModel(const XgboostOptions& options) {
  return std::make_unique<XgboostCostModel>(options);
}

}  // namespace diapason::costmodel
