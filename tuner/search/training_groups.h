// Turns the records of a tuning log into what the cost model learns from.
#ifndef DIAPASON_TUNER_SEARCH_TRAINING_GROUPS_H_
#define DIAPASON_TUNER_SEARCH_TRAINING_GROUPS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "costmodel/cost_model.h"
#include "db/record_store.h"

namespace diapason::tuner {

// Returns one group for each task of the log, whatever its machine. Records of the machine with
// `target_fingerprint` weigh more than those of others. Only successful search trials on one thread count
// whose rows have the schema `feature_schema` and for which a time was predicted, and only the newest of
// them. Returns the errors of the store.
absl::StatusOr<std::vector<costmodel::Group>> TrainingGroups(const db::RecordStore& store,
                                                             absl::string_view target_fingerprint,
                                                             absl::string_view feature_schema);

// Returns Spearman's rank correlation of two lists of equal length, from -1 to 1. Returns 0 if a list has no
// two different values.
double RankCorrelation(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_TRAINING_GROUPS_H_
