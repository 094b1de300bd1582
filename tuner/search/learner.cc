#include "tuner/search/learner.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace diapason::tuner {
namespace {

constexpr size_t kMinNew = 4;  // new observations before the model is fitted again
// with so many related rows, the model is fitted before the first observation
constexpr size_t kMinRelated = 32;
// rows of all related tasks together; more would outweigh this task's own
constexpr size_t kMaxRelated = 300;
constexpr size_t kMaxTasks = 6;  // related tasks that are used, so that each has enough rows to compare
constexpr size_t kMaxObserved = 1'000;  // rows of this task

// Returns at most `limit` rows: the fastest ones fill one half of it, and every n-th of the others in
// order of speed fills the other half. So the model is most exact for good schedules and still knows bad
// ones.
costmodel::Group Thin(const costmodel::Group& group, size_t limit) {
  std::vector<size_t> order(group.rows.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return group.times_us[a] != group.times_us[b] ? group.times_us[a] < group.times_us[b] : a < b;
  });
  costmodel::Group thinned;
  const auto keep = [&](size_t i) {
    thinned.rows.push_back(group.rows[i]);
    thinned.times_us.push_back(group.times_us[i]);
  };
  const size_t best = limit / 2;
  const size_t rest = limit - best;
  for (size_t i = 0; i < best; ++i) keep(order[i]);
  for (size_t i = 0; i < rest; ++i) keep(order[best + i * (order.size() - best) / rest]);
  return thinned;
}

}  // namespace

Learner::Learner(std::unique_ptr<costmodel::CostModel> model, std::vector<costmodel::Group> related,
                 size_t width)
    : model_(std::move(model)) {
  std::erase_if(related, [&](const costmodel::Group& group) {
    return group.rows.empty() || group.rows.size() != group.times_us.size() ||
           !std::all_of(group.rows.begin(), group.rows.end(),
                        [&](const auto& row) { return row.size() == width; });
  });
  if (related.size() > kMaxTasks) related.resize(kMaxTasks);
  for (costmodel::Group& group : related) {
    const size_t share = kMaxRelated / related.size();
    groups_.push_back(group.rows.size() > share ? Thin(group, share) : std::move(group));
    related_rows_ += groups_.back().rows.size();
  }
}

void Learner::Add(std::vector<float> row, double time_us) {
  observed_.rows.push_back(std::move(row));
  observed_.times_us.push_back(time_us);
}

bool Learner::Refresh() {
  const size_t fresh = observed_.rows.size() - fitted_;
  const bool first = !attempted_ && related_rows_ >= kMinRelated;
  if (!first && fresh < std::max(kMinNew, observed_.rows.size() / 8)) return false;
  attempted_ = true;
  fitted_ = observed_.rows.size();
  groups_.push_back(TrainingGroup());
  ready_ = model_->Fit(groups_).ok();
  groups_.pop_back();
  return true;
}

std::vector<float> Learner::Score(const std::vector<std::vector<float>>& rows) const {
  auto scores = model_->Predict(rows);
  return scores.ok() ? *std::move(scores) : std::vector<float>(rows.size(), 0);
}

costmodel::Group Learner::TrainingGroup() const {
  return observed_.rows.size() > kMaxObserved ? Thin(observed_, kMaxObserved) : observed_;
}

}  // namespace diapason::tuner
