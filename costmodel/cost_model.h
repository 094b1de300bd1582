// Corrects predicted times. A sketch predicts the time of a schedule from what limits it. A cost model learns
// from measured schedules of many tasks by which factor such predictions are wrong. The compiler computes
// the feature rows and the devices measure the times; this library knows neither, so the tuner passes both
// in as numbers.
#ifndef DIAPASON_COSTMODEL_COST_MODEL_H_
#define DIAPASON_COSTMODEL_COST_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::costmodel {

// Measured schedules of one task. Failures have no time and are left out.
struct Group {
  std::vector<std::vector<float>> rows;
  std::vector<float> residuals;  // one for each row: ln(measured time / predicted time)
  float weight = 1;              // of each row
};

// Not thread-safe, except that several threads may call Predict at the same time.
class CostModel {
 public:
  virtual ~CostModel() = default;

  // Forgets what was learnt before and learns from `groups`. All rows must have the same length. Blocks
  // while it trains. Returns InvalidArgument if row lengths differ, if a group has another number of
  // residuals than of rows, or if there is no row; Internal if XGBoost fails. After an error, the model is
  // as it was.
  virtual absl::Status Fit(const std::vector<Group>& groups) = 0;

  // Returns the residual that is expected for each row, in the same order. Returns FailedPrecondition before
  // the first successful Fit or Load, and InvalidArgument if a row has another length than those that Fit
  // saw.
  virtual absl::StatusOr<std::vector<float>> Predict(const std::vector<std::vector<float>>& rows) const = 0;

  // Returns the model as bytes that Load reads. FailedPrecondition: there was no successful Fit or Load.
  virtual absl::StatusOr<std::string> Save() const = 0;

  // Replaces the model by a saved one. InvalidArgument: the bytes are not a saved model; the model is as it
  // was.
  virtual absl::Status Load(absl::string_view bytes) = 0;
};

// The parameters of the boosted trees. The defaults train in a second on a few thousand rows.
struct XgboostOptions {
  uint64_t seed = 0;           // XGBoost gets its lowest 31 bits; equal seeds give equal models
  int rounds = 80;             // trees
  int max_depth = 6;           // of each tree
  double learning_rate = 0.1;  // the factor on each tree's values: XGBoost's eta
  int threads = 1;             // threads that XGBoost uses
};

// Returns a model of gradient-boosted trees (Chen and Guestrin, "XGBoost", 2016) that minimizes the squared
// error of the residuals.
std::unique_ptr<CostModel> NewXgboostCostModel(const XgboostOptions& options);

}  // namespace diapason::costmodel

#endif  // DIAPASON_COSTMODEL_COST_MODEL_H_
