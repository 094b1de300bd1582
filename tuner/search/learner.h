// What a task's search has learnt: its observations, those of related tasks, and the cost model fitted to
// both.
//
// Fitting costs about 0.2 ms a row, so it is done when there is enough new to learn (an eighth more
// observations, at least kMinNew) on a bounded number of rows: a fraction of a second at most, and a small
// share of what measuring costs.
#ifndef DIAPASON_TUNER_SEARCH_LEARNER_H_
#define DIAPASON_TUNER_SEARCH_LEARNER_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "costmodel/cost_model.h"

namespace diapason::tuner {

class Learner {
 public:
  // `width`: length of this task's feature rows; related rows of another length are left out.
  Learner(std::unique_ptr<costmodel::CostModel> model, std::vector<costmodel::Group> related, size_t width);

  void Add(std::vector<float> row, double time_us);

  // Fits where it is due. True: scores are others than before.
  bool Refresh();

  // Whether Score means anything yet. False also where the cost model fails: then the search goes on at
  // random.
  bool IsReady() const { return ready_; }

  // Higher is better. Requires IsReady().
  std::vector<float> Score(const std::vector<std::vector<float>>& rows) const;

 private:
  costmodel::Group TrainingGroup() const;

  const std::unique_ptr<costmodel::CostModel> model_;
  std::vector<costmodel::Group> groups_;  // related ones; while fitting, this task's last
  costmodel::Group own_;
  size_t related_rows_ = 0;
  size_t fitted_ = 0;  // own observations at the last fit
  bool attempted_ = false;
  bool ready_ = false;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_LEARNER_H_
