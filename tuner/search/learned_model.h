// The cost model of a tuning log: trained on all of its tasks, and kept in the log.
#ifndef DIAPASON_TUNER_SEARCH_LEARNED_MODEL_H_
#define DIAPASON_TUNER_SEARCH_LEARNED_MODEL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "costmodel/cost_model.h"
#include "db/record_store.h"
#include "proto/base/mutex.h"

namespace diapason::tuner {

// Thread-safe.
class LearnedModel {
 public:
  // `store` must outlive this object. Rows have the schema `feature_schema`.
  LearnedModel(db::RecordStore& store, std::string feature_schema)
      : store_(store), feature_schema_(std::move(feature_schema)) {}

  // Returns the model for the tasks of a machine, or null if the log has too few records for one. Reads it
  // from the log at first. Trains it again and stores it if the log has a quarter more records than it was
  // trained on, which takes a second or two. If the log cannot be read or written, the last model stays.
  std::shared_ptr<const costmodel::CostModel> Get(const std::string& target_fingerprint);

  // Counts trials that the log has got. Only after enough of them does Get look into the log again.
  void CountTrials(int64_t trials);

 private:
  struct Known {
    std::shared_ptr<const costmodel::CostModel> model;  // null if there is none
    int64_t records = 0;                                // that it was trained on
    int64_t looked_at = -1;                             // trials_ when the log was read last
  };
  void Load(const std::string& target_fingerprint, Known& known) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Train(const std::string& target_fingerprint, Known& known) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  db::RecordStore& store_;
  const std::string feature_schema_;
  mutable Mutex mu_;
  int64_t trials_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, Known> known_ ABSL_GUARDED_BY(mu_);  // by target fingerprint
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_LEARNED_MODEL_H_
