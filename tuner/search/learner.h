// Holds what the search of a task has learnt: the task's observations, those of related tasks, and the
// cost model that is fitted to both. Not thread-safe.
//
// Fitting takes about 0.2 ms for each row. So it is done only after enough new observations (an eighth of
// all, and at least four) and on a bounded number of rows. It then takes a fraction of a second at most,
// which is little compared with the time for measuring.
#ifndef DIAPASON_TUNER_SEARCH_LEARNER_H_
#define DIAPASON_TUNER_SEARCH_LEARNER_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "costmodel/cost_model.h"

namespace diapason::tuner {

class Learner {
 public:
  // `width` is the length of this task's feature rows. Related rows of another length are left out.
  Learner(std::unique_ptr<costmodel::CostModel> model, std::vector<costmodel::Group> related, size_t width);

  // Adds an observation of this task. A time of infinity means that the schedule failed.
  void Add(std::vector<float> row, double time_us);

  // Fits the cost model if there are enough new observations. Returns true if it was fitted; earlier
  // scores are then no longer valid.
  bool Refresh();

  // Whether Score may be called. False before the first fit, and also if the cost model fails; the search
  // then goes on with random configs.
  bool IsReady() const { return ready_; }

  // Returns one score for each row; a higher score means a faster schedule. Requires IsReady().
  std::vector<float> Score(const std::vector<std::vector<float>>& rows) const;

 private:
  costmodel::Group TrainingGroup() const;

  const std::unique_ptr<costmodel::CostModel> model_;
  // of the related tasks; during a fit also, as the last one, this task's
  std::vector<costmodel::Group> groups_;
  costmodel::Group observed_;
  size_t related_rows_ = 0;
  size_t fitted_ = 0;  // size of observed_ at the last fit
  bool attempted_ = false;
  bool ready_ = false;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_LEARNER_H_
