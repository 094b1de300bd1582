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

// The rows of all groups in the form that XGBoost reads.
struct TrainingSet {
  std::vector<float> values;
  std::vector<float> residuals;
  std::vector<float> weights;
  size_t width = 0;
};

absl::StatusOr<TrainingSet> MakeTrainingSet(const std::vector<Group>& groups) {
  TrainingSet set;
  for (const Group& group : groups) {
    if (group.rows.size() != group.residuals.size()) {
      return absl::InvalidArgumentError(absl::StrCat("a group has ", group.rows.size(), " feature rows but ",
                                                     group.residuals.size(), " residuals"));
    }
    if (group.rows.empty()) continue;
    if (set.width == 0) set.width = group.rows.front().size();
    DIAPASON_RETURN_IF_ERROR(AppendRows(group.rows, set.width, set.values));
    set.residuals.insert(set.residuals.end(), group.residuals.begin(), group.residuals.end());
    set.weights.insert(set.weights.end(), group.rows.size(), group.weight);
  }
  if (set.width == 0) return absl::InvalidArgumentError("there is no feature row to learn from");
  return set;
}

absl::StatusOr<Matrix> MakeMatrix(const TrainingSet& set) {
  DMatrixHandle handle = nullptr;
  DIAPASON_RETURN_IF_ERROR(
      Check(XGDMatrixCreateFromMat(set.values.data(), set.residuals.size(), set.width, kMissing, &handle)));
  Matrix matrix(handle);
  DIAPASON_RETURN_IF_ERROR(
      Check(XGDMatrixSetFloatInfo(handle, "label", set.residuals.data(), set.residuals.size())));
  DIAPASON_RETURN_IF_ERROR(
      Check(XGDMatrixSetFloatInfo(handle, "weight", set.weights.data(), set.weights.size())));
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

  absl::StatusOr<std::string> Save() const override {
    if (booster_ == nullptr) return absl::FailedPreconditionError("the cost model has not been fitted yet");
    bst_ulong size = 0;
    const char* bytes = nullptr;
    DIAPASON_RETURN_IF_ERROR(
        Check(XGBoosterSaveModelToBuffer(booster_.get(), R"({"format": "ubj"})", &size, &bytes)));
    return std::string(bytes, size);
  }

  absl::Status Load(absl::string_view bytes) override {
    BoosterHandle handle = nullptr;
    DIAPASON_RETURN_IF_ERROR(Check(XGBoosterCreate(nullptr, 0, &handle)));
    Booster booster(handle);
    bst_ulong width = 0;
    absl::Status status = Check(XGBoosterLoadModelFromBuffer(handle, bytes.data(), bytes.size()));
    if (status.ok()) status = Check(XGBoosterGetNumFeature(handle, &width));
    if (!status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("this is not a saved cost model: ", status.message()));
    }
    DIAPASON_RETURN_IF_ERROR(
        Check(XGBoosterSetParam(handle, "nthread", absl::StrCat(options_.threads).c_str())));
    booster_ = std::move(booster);
    width_ = width;
    return absl::OkStatus();
  }

 private:
  // `matrix` is the data that the booster will be trained on.
  absl::StatusOr<Booster> NewBooster(void* matrix) const {
    BoosterHandle handle = nullptr;
    DIAPASON_RETURN_IF_ERROR(Check(XGBoosterCreate(&matrix, 1, &handle)));
    Booster booster(handle);
    const std::pair<const char*, std::string> parameters[] = {
        {"objective", "reg:squarederror"},
        {"base_score", "0"},
        {"tree_method", "hist"},
        {"max_bin", "64"},
        {"max_depth", absl::StrCat(options_.max_depth)},
        {"eta", absl::StrCat(options_.learning_rate)},
        {"nthread", absl::StrCat(options_.threads)},
        {"seed", absl::StrCat(options_.seed & 0x7fffffff)},
        // Features are redundant. Trees on different features make different errors.
        {"colsample_bytree", "0.5"},
        {"min_child_weight", "2"},  // a leaf needs about two rows of full weight
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
