// Ranks schedules by feature rows. The compiler emits rows, the tuner brings rows and times together here.
#ifndef DIAPASON_COSTMODEL_COST_MODEL_H_
#define DIAPASON_COSTMODEL_COST_MODEL_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"

namespace diapason::costmodel {

// Measured schedules of one task. Times of different tasks are never compared.
struct Group {
  std::vector<std::vector<float>> rows;
  std::vector<double> times_us;  // one for each row; infinity: the schedule failed
};

// Higher is better. Not thread-safe.
class CostModel {
 public:
  virtual ~CostModel() = default;

  // Learns from all groups anew. Groups later in the list weigh no more than earlier ones. All rows have one
  // length. InvalidArgument: lengths differ, or there is no row.
  virtual absl::Status Fit(const std::vector<Group>& groups) = 0;

  // A score for each row, comparable within one task only. FailedPrecondition: Fit did not come before.
  virtual absl::StatusOr<std::vector<float>> Predict(const std::vector<std::vector<float>>& rows) const = 0;
};

struct XgboostOptions {
  uint64_t seed = 0;
  int rounds = 60;
  int max_depth = 6;
  double learning_rate = 0.2;
  int threads = 1;
};

// Gradient-boosted trees with XGBoost's pairwise rank objective (LambdaMART; Chen and Guestrin, 2016; as a
// cost model for schedules: Chen et al., "Learning to optimize tensor programs", 2018).
std::unique_ptr<CostModel> NewXgboostCostModel(const XgboostOptions& options);

}  // namespace diapason::costmodel

#endif  // DIAPASON_COSTMODEL_COST_MODEL_H_
