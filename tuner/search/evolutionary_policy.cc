#include "tuner/search/evolutionary_policy.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/random/random.h"

namespace diapason::tuner {
namespace {

// With these numbers an evolution scores 2,500 rows, which takes about 10 ms.
constexpr size_t kPopulation = 512;
constexpr int kGenerations = 5;
constexpr size_t kQueued = 64;          // kept of one evolution; fewer are tried before the next
constexpr double kMutationShare = 0.7;  // the others come from crossover, and half of those are also mutated

}  // namespace

std::vector<compiler::space::ScheduleConfig> EvolutionaryPolicy::FirstGeneration() {
  std::vector<compiler::space::ScheduleConfig> population;
  for (const Observation& observed : best_) population.push_back(observed.config);
  for (const Observation& observed : best_) population.push_back(space_.Mutate(observed.config, random_));
  while (population.size() < kPopulation) population.push_back(space_.Sample(random_));
  return population;
}

std::vector<compiler::space::ScheduleConfig> EvolutionaryPolicy::NextGeneration(
    const std::vector<Ranked>& parents) {
  // Takes the better of two random parents from the better half. Only ranks count, so the scale of the
  // scores does not matter.
  const auto parent = [&]() -> const compiler::space::ScheduleConfig& {
    const size_t half = std::max<size_t>(1, parents.size() / 2);
    const size_t a = absl::Uniform<size_t>(random_, 0, half);
    const size_t b = absl::Uniform<size_t>(random_, 0, half);
    return parents[std::min(a, b)].proposal.config;
  };
  std::vector<compiler::space::ScheduleConfig> population;
  while (population.size() < kPopulation) {
    if (absl::Bernoulli(random_, kMutationShare)) {
      population.push_back(space_.Mutate(parent(), random_));
      continue;
    }
    compiler::space::ScheduleConfig child = space_.Crossover(parent(), parent(), random_);
    if (absl::Bernoulli(random_, 0.5)) child = space_.Mutate(child, random_);
    population.push_back(std::move(child));
  }
  return population;
}

void EvolutionaryPolicy::Rerank() {
  std::vector<Ranked> ranked;  // all configs of this evolution, best first, without repetition
  absl::flat_hash_set<compiler::space::ScheduleConfig> seen;
  std::vector<compiler::space::ScheduleConfig> population = FirstGeneration();
  for (int generation = 0;; ++generation) {
    std::erase_if(population,
                  [&](const compiler::space::ScheduleConfig& config) { return !seen.insert(config).second; });
    std::vector<std::vector<float>> rows;
    rows.reserve(population.size());
    for (const compiler::space::ScheduleConfig& config : population)
      rows.push_back(space_.FeatureRow(config));
    const std::vector<float> scores = learner_.Score(rows);
    for (size_t i = 0; i < population.size(); ++i) {
      ranked.push_back({{std::move(population[i]), std::move(rows[i])}, scores[i]});
    }
    std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
      if (a.score != b.score) return a.score > b.score;
      const compiler::space::ScheduleConfig& p = a.proposal.config;
      const compiler::space::ScheduleConfig& q = b.proposal.config;
      return std::tie(p.sketch, p.values) < std::tie(q.sketch, q.values);
    });
    if (ranked.size() > kPopulation) ranked.resize(kPopulation);
    if (generation == kGenerations) break;
    population = NextGeneration(ranked);
  }
  queue_.clear();
  for (Ranked& candidate : ranked) {
    if (queue_.size() == kQueued) break;
    if (!untried_.IsTaken(candidate.proposal.config)) queue_.push_back(std::move(candidate.proposal));
  }
}

std::optional<Proposal> EvolutionaryPolicy::TakeBest() {
  if (queue_.empty()) Rerank();
  while (!queue_.empty()) {
    Proposal best = std::move(queue_.front());
    queue_.pop_front();
    if (untried_.Take(best.config)) return best;
  }
  return std::nullopt;
}

}  // namespace diapason::tuner
