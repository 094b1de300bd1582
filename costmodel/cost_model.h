// Ranks the schedules of a task from their feature rows. The compiler computes the rows and the devices
// measure the times; this library knows neither, so the tuner passes both in as numbers.
#ifndef DIAPASON_COSTMODEL_COST_MODEL_H_
#define DIAPASON_COSTMODEL_COST_MODEL_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"

namespace diapason::costmodel {

// The measured schedules of one task. Rows of different groups are never compared, because the times of
// different tasks say nothing about each other.
struct Group {
  std::vector<std::vector<float>> rows;
  std::vector<double> times_us;  // One for each row; infinity means that the schedule failed.
};

// Learns from measured schedules and scores others. A higher score means a faster schedule. Not
// thread-safe.
class CostModel {
 public:
  virtual ~CostModel() = default;

  // Forgets what was learnt before and learns from `groups`. A group's position in the list does not change
  // its weight. All rows must have the same length. Blocks while it trains. Returns InvalidArgument if row
  // lengths differ, if a group has another number of times than of rows, or if there is no row; Internal if
  // XGBoost fails. After an error, the model is as it was.
  virtual absl::Status Fit(const std::vector<Group>& groups) = 0;

  // Returns one score for each row, in the same order. Only scores of the same task are comparable.
  // Returns FailedPrecondition before the first successful Fit, and InvalidArgument if a row has another
  // length than those that Fit saw.
  virtual absl::StatusOr<std::vector<float>> Predict(const std::vector<std::vector<float>>& rows) const = 0;
};

// The parameters of the boosted trees. The defaults train in a fraction of a second on a few hundred rows.
struct XgboostOptions {
  uint64_t seed = 0;           // XGBoost gets its lowest 31 bits; equal seeds give equal models
  int rounds = 60;             // trees
  int max_depth = 6;           // of each tree
  double learning_rate = 0.2;  // the factor on each tree's values: XGBoost's eta
  int threads = 1;             // threads that XGBoost uses
};

// Returns a model of gradient-boosted trees with XGBoost's pairwise rank objective (LambdaMART; Chen and
// Guestrin, 2016). Chen et al., "Learning to optimize tensor programs", 2018, use such a model for
// schedules.
std::unique_ptr<CostModel> NewXgboostCostModel(const XgboostOptions& options);

}  // namespace diapason::costmodel

#endif  // DIAPASON_COSTMODEL_COST_MODEL_H_
