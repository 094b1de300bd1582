#include "tuner/search/model_policy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace diapason::tuner {
namespace {

using compiler::space::ScheduleConfig;
using costmodel::Estimate;

// How many standard deviations below its mean the time of an untried schedule may well be.
constexpr double kOptimism = 1;

constexpr size_t kMaxPoints = 150;       // observations that the process learns from
constexpr int kNeighbours = 64;          // added of a schedule that is the best so far
constexpr size_t kFewest = 64;           // entries below which the pool is filled again
constexpr double kFailureFactor = 1.5;   // a failure counts as a time that is longer than all others by this
constexpr double kFailureFirst = 100.0;  // and by this over what was expected if nothing has worked yet

}  // namespace

ModelPolicy::ModelPolicy(const compiler::space::SearchSpace& space, SearchOptions options)
    : untried_(space, options.initial_schedules),
      random_(options.rng_seed),
      pool_(space, untried_, options.cost, std::move(options.model)) {}

std::vector<Proposal> ModelPolicy::Suggest(int count) {
  std::vector<Proposal> proposals;
  while (static_cast<int>(proposals.size()) < count) {
    std::optional<ScheduleConfig> config = untried_.TakeInitial();
    if (!config.has_value()) {
      if (std::optional<Proposal> best = TakeBest(); best.has_value()) {
        proposals.push_back(*std::move(best));
        continue;
      }
      config = untried_.TakeRandom(random_);
    }
    if (!config.has_value()) break;
    proposals.push_back(Propose(std::move(pool_.Describe({*std::move(config)}).front())));
  }
  return proposals;
}

Proposal ModelPolicy::Propose(PoolEntry entry) {
  Proposal proposal = entry.proposal;
  tried_sketches_.insert(proposal.config.sketch);
  process_.AddPending(entry.point);
  order_of_pending_.push_back(proposal.config);
  pending_.emplace(proposal.config, std::move(entry));
  return proposal;
}

std::optional<Proposal> ModelPolicy::TakeBest() {
  Refresh();
  const std::optional<size_t> index = MostPromising();
  if (!index.has_value()) return std::nullopt;
  PoolEntry entry = pool_.Take(*index);
  untried_.Take(entry.proposal.config);
  return Propose(std::move(entry));
}

void ModelPolicy::Refresh() {
  if (filled_ && refreshed_ == measured_.size() && !pool_.entries().empty()) return;
  pool_.RemoveTried();
  if (!filled_ || pool_.entries().size() < kFewest) pool_.Fill(random_);
  filled_ = true;
  if (refreshed_ == measured_.size()) return;
  const auto best =
      std::min_element(measured_.begin(), measured_.end(),
                       [](const Measured& a, const Measured& b) { return a.time_us < b.time_us; });
  if (std::isfinite(best->time_us) && static_cast<size_t>(best - measured_.begin()) >= refreshed_) {
    pool_.AddNeighbours(best->entry.proposal.config, kNeighbours, random_);
  }
  refreshed_ = measured_.size();
  Learn();
}

void ModelPolicy::Learn() {
  // Of many observations, the fastest ones count.
  std::vector<const Measured*> chosen;
  double slowest_us = 0;
  for (const Measured& measured : measured_) {
    chosen.push_back(&measured);
    if (std::isfinite(measured.time_us)) slowest_us = std::max(slowest_us, measured.time_us);
  }
  if (chosen.size() > kMaxPoints) {
    std::sort(chosen.begin(), chosen.end(), [](const Measured* a, const Measured* b) {
      return a->time_us != b->time_us ? a->time_us < b->time_us : a < b;
    });
    chosen.resize(kMaxPoints);
  }
  std::vector<costmodel::Point> points;
  std::vector<double> log_times;
  for (const Measured* measured : chosen) {
    const double expected = measured->entry.point.expected;
    points.push_back(measured->entry.point);
    if (std::isfinite(measured->time_us)) {
      log_times.push_back(std::log(measured->time_us));
    } else if (slowest_us > 0) {
      log_times.push_back(std::max(std::log(kFailureFactor * slowest_us), expected));
    } else {
      log_times.push_back(expected + std::log(kFailureFirst));
    }
  }
  if (measured_.size() >= next_parameters_) {
    process_.FitParameters(points, log_times);
    next_parameters_ = measured_.size() + std::max<size_t>(1, measured_.size() / 6);
  } else {
    process_.Fit(points, log_times);
  }
  for (const ScheduleConfig& config : order_of_pending_) process_.AddPending(pending_.at(config).point);
}

std::optional<size_t> ModelPolicy::MostPromising() const {
  std::optional<size_t> best;
  double least = std::numeric_limits<double>::infinity();
  bool new_sketch = false;
  for (size_t i = 0; i < pool_.entries().size(); ++i) {
    const costmodel::Point& point = pool_.entries()[i].point;
    const bool is_new = !tried_sketches_.contains(point.sketch);
    if (new_sketch && !is_new) continue;
    const Estimate estimate = process_.Predict(point);
    const double optimistic = estimate.mean - kOptimism * estimate.deviation;
    if (best.has_value() && is_new == new_sketch && optimistic >= least) continue;
    best = i;
    least = optimistic;
    new_sketch = is_new;
  }
  return best;
}

void ModelPolicy::Observe(absl::Span<const Observation> observations) {
  for (const Observation& observation : observations) {
    untried_.Take(observation.config);
    tried_sketches_.insert(observation.config.sketch);
    pending_.erase(observation.config);
    std::erase(order_of_pending_, observation.config);
    measured_.push_back({pool_.Describe(observation.config, observation.feature_row), observation.time_us});
  }
}

double ModelPolicy::OptimisticUs() {
  if (measured_.empty()) return 0;
  Refresh();
  double least = std::numeric_limits<double>::infinity();
  for (const PoolEntry& entry : pool_.entries()) {
    const Estimate estimate = process_.Predict(entry.point);
    least = std::min(least, estimate.mean - kOptimism * estimate.deviation);
  }
  return std::exp(least);
}

}  // namespace diapason::tuner
