#include "tuner/search/space_task_search.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "compiler/space/schedule_space.h"
#include "compiler/workload/workload.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/schedule_hash.h"
#include "proto/domain/target_fingerprint.h"
#include "tuner/search/learned_model.h"
#include "tuner/search/policy_factory.h"
#include "tuner/search/task_cost.h"

namespace diapason::tuner {
namespace {

using compiler::space::ScheduleConfig;
using compiler::space::ScheduleSpace;

// After this many observations of a task, its policy is made again with what the log has taught by then.
constexpr size_t kRestartAfter[] = {8, 32, 128};

// How many schedules near the default are compared by their costs on several threads.
constexpr int kNeighbours = 200;

// Opens the space in a builder worker. Returns OK if it is safe to open it in this process.
absl::Status TryInWorker(Builder& builder, const TaskSearchRequest& request,
                         const std::vector<v1::Sketch>& sketches) {
  v1::BuildRequest rehearsal;
  rehearsal.set_workload_text(request.workload.text());
  *rehearsal.mutable_target() = request.target;
  rehearsal.mutable_sketches()->Add(sketches.begin(), sketches.end());
  // Shared, because the worker's thread may still be inside set_value when this function returns.
  const auto done = std::make_shared<std::promise<v1::Outcome>>();
  builder.Build(std::move(rehearsal),
                [done](const v1::BuildResponse& response) { done->set_value(response.outcome()); });
  const v1::Outcome outcome = done->get_future().get();
  if (!IsAboutSchedule(outcome.kind())) return absl::UnavailableError(outcome.message());
  // A rejected space is safe to open. Opening it in this process gives the message and the status code.
  if (IsOk(outcome) || outcome.kind() == v1::OUTCOME_KIND_REJECTED) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the schedule space of this workload and these sketches cannot be opened: ", outcome.message()));
}

// The ids are the keys of the log, so a wrong one would mix the records of two workloads.
absl::Status CheckIdentity(const v1::Workload& workload) {
  DIAPASON_ASSIGN_OR_RETURN(const v1::Workload made, compiler::workload::MakeWorkload(workload.text()));
  if (made.id() == workload.id() && made.structure_id() == workload.structure_id()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the workload's id does not belong to its text, which has the id ", made.id(),
                   "; use a client of the same release as the server"));
}

// Makes a candidate of a legal config. If a legal config cannot be rendered, its sketch has a defect.
absl::StatusOr<Candidate> MakeCandidate(const ScheduleSpace& space, Proposal proposal) {
  Candidate candidate;
  DIAPASON_ASSIGN_OR_RETURN(candidate.script, space.Render(proposal.config));
  candidate.schedule = space.ToSchedule(proposal.config);
  candidate.config = std::move(proposal.config);
  candidate.feature_row = std::move(proposal.feature_row);
  candidate.feature_schema = ScheduleSpace::FeatureSchema();
  candidate.predicted_us = proposal.predicted_us;
  return candidate;
}

// Returns the default schedule and schedules near it, in the order of their costs, or nothing if its sketch
// states none. What the other sketches can do is known from the search, which tries each of them early.
std::vector<ScheduleConfig> CheapestAroundDefault(const ScheduleSpace& space, uint64_t seed) {
  std::mt19937_64 random(seed);
  absl::flat_hash_set<ScheduleConfig> seen = {space.Default()};
  for (int i = 0; i < kNeighbours; ++i) seen.insert(space.Mutate(space.Default(), random));
  std::vector<std::pair<float, ScheduleConfig>> sorted;
  for (const ScheduleConfig& config : seen) {
    const float cost = space.AnalyticCost(config);
    if (!std::isnan(cost)) sorted.emplace_back(cost, config);
  }
  std::ranges::sort(sorted, {}, [](const auto& entry) { return std::tie(entry.first, entry.second.values); });
  std::vector<ScheduleConfig> configs;
  for (const auto& [cost, config] : sorted) configs.push_back(config);
  return configs;
}

class SpaceTaskSearch : public TaskSearch {
 public:
  // `store` and `builder` outlive this.
  SpaceTaskSearch(const db::RecordStore& store, Builder& builder, std::shared_ptr<LearnedModel> learned,
                  TaskSearchRequest request, std::vector<v1::Sketch> sketches,
                  std::unique_ptr<ScheduleSpace> space, std::vector<ScheduleConfig> initial_schedules)
      : store_(store),
        builder_(builder),
        learned_(std::move(learned)),
        request_(std::move(request)),
        sketches_(std::move(sketches)),
        space_(std::move(space)),
        cost_(CostOfTask(request_.workload, request_.target, request_.speed, space_->Cost())),
        feature_count_(static_cast<int>(space_->FeatureRow(space_->Default()).size())),
        initial_schedules_(std::move(initial_schedules)) {}

  std::vector<Candidate> Next(int count) override {
    StartPolicyIfDue();
    std::vector<Candidate> candidates;
    if (std::optional<Candidate> other = NextDefault()) candidates.push_back(*std::move(other));
    while (static_cast<int>(candidates.size()) < count) {
      std::vector<Proposal> proposals = policy_->Suggest(count - static_cast<int>(candidates.size()));
      if (proposals.empty()) break;
      for (Proposal& proposal : proposals) {
        // An earlier policy may have proposed it in a trial that has not ended yet.
        if (!proposed_.insert(proposal.config).second) continue;
        auto candidate = MakeCandidate(*space_, std::move(proposal));
        if (candidate.ok()) candidates.push_back(*std::move(candidate));
      }
    }
    return candidates;
  }

  void Observe(absl::Span<const Observation> observations) override {
    observed_.insert(observed_.end(), observations.begin(), observations.end());
    if (policy_ != nullptr) policy_->Observe(observations);
    learned_->CountTrials(static_cast<int64_t>(observations.size()));
  }

  double LimitUs() const override { return cost_.limit_us; }

  double OptimisticUs() override { return policy_ == nullptr ? 0 : policy_->OptimisticUs(); }

  void ObserveRecord(const v1::Record& record, double time_us) override {
    auto config = space_->FromSchedule(record.schedule());
    if (!config.ok()) return;
    Observation observation = {*std::move(config), {}, time_us};
    if (record.feature_schema() == ScheduleSpace::FeatureSchema() &&
        record.feature_row_size() == feature_count_) {
      observation.feature_row.assign(record.feature_row().begin(), record.feature_row().end());
    } else {
      observation.feature_row = space_->FeatureRow(observation.config);
    }
    Observe({&observation, 1});
  }

  v1::Schedule Default() const override { return space_->ToSchedule(space_->Default()); }

  std::vector<v1::Schedule> ExpectedBest(int threads, int count) const override {
    const auto opened = ScheduleSpace::Create(request_.workload.text(), sketches_, request_.target, threads);
    if (!opened.ok()) return {};
    const ScheduleSpace& space = **opened;
    std::vector<v1::Schedule> schedules;
    for (const ScheduleConfig& config : CheapestAroundDefault(space, request_.rng_seed)) {
      if (static_cast<int>(schedules.size()) == count) break;
      schedules.push_back(space.ToSchedule(config));
    }
    return schedules;
  }

  absl::StatusOr<Candidate> Make(const v1::Schedule& schedule) override {
    auto config = space_->FromSchedule(schedule);
    if (config.ok()) return MakeCandidate(*space_, Describe(*space_, *config, cost_));
    const ScheduleSpace* logged = SpaceOfLog(schedule.sketch_hash());
    if (logged == nullptr) return config.status();
    DIAPASON_ASSIGN_OR_RETURN(const ScheduleConfig of_log, logged->FromSchedule(schedule));
    const TaskCost cost = CostOfTask(request_.workload, request_.target, request_.speed, logged->Cost());
    return MakeCandidate(*logged, Describe(*logged, of_log, cost));
  }

 private:
  // Returns the default schedule of the next sketch if all observations so far are failures and there are
  // more failures than such defaults. The fallback sketch's default comes last.
  std::optional<Candidate> NextDefault() {
    size_t failures = 0;
    for (const Observation& observation : observed_) {
      if (std::isfinite(observation.time_us)) return std::nullopt;
      ++failures;
    }
    if (failures <= defaults_used_) return std::nullopt;
    if (defaults_.empty()) defaults_ = space_->Defaults();
    while (defaults_used_ < defaults_.size()) {
      const ScheduleConfig& config = defaults_[defaults_used_++];
      if (!proposed_.insert(config).second) continue;
      auto candidate = MakeCandidate(*space_, Describe(*space_, config, cost_));
      if (candidate.ok()) return *std::move(candidate);
    }
    return std::nullopt;
  }

  static Proposal Describe(const ScheduleSpace& space, const ScheduleConfig& config, const TaskCost& cost) {
    return {config, space.FeatureRow(config), cost.PredictedUs(space.AnalyticCost(config))};
  }

  // Makes a policy that starts from what the log has taught by now. In a job of many tasks this includes what
  // the other tasks have measured since this one began. The first policy is made here and not in the
  // constructor, so that a job of many tasks is accepted before their spaces are ranked.
  void StartPolicyIfDue() {
    bool due = policy_ == nullptr;
    while (restarts_ < std::size(kRestartAfter) && observed_.size() >= kRestartAfter[restarts_]) {
      ++restarts_;
      due = true;
    }
    if (!due) return;
    SearchOptions options;
    options.rng_seed = request_.rng_seed;
    options.initial_schedules = initial_schedules_;
    options.cost = cost_;
    options.model = learned_->Get(TargetFingerprint(request_.target));
    policy_ = NewModelPolicy(*space_, std::move(options));
    policy_->Observe(observed_);
  }

  // Returns the space of a sketch that is stored in the log, from an earlier release or from the user of
  // an earlier job. Returns null if the log does not have the sketch or if it no longer fits the workload.
  const ScheduleSpace* SpaceOfLog(const std::string& sketch_hash) {
    const auto known = spaces_of_log_.find(sketch_hash);
    if (known != spaces_of_log_.end()) return known->second.get();
    std::unique_ptr<ScheduleSpace>& space = spaces_of_log_[sketch_hash];
    const auto sketch = store_.GetSketch(sketch_hash);
    if (!sketch.ok() || !TryInWorker(builder_, request_, {*sketch}).ok()) return nullptr;
    auto opened = ScheduleSpace::Create(request_.workload.text(), {*sketch}, request_.target);
    if (opened.ok()) space = *std::move(opened);
    return space.get();
  }

  const db::RecordStore& store_;
  Builder& builder_;
  const std::shared_ptr<LearnedModel> learned_;
  const TaskSearchRequest request_;
  const std::vector<v1::Sketch> sketches_;  // all from which the space was made
  const std::unique_ptr<ScheduleSpace> space_;
  const TaskCost cost_;
  const int feature_count_;
  const std::vector<ScheduleConfig> initial_schedules_;
  std::unique_ptr<SearchPolicy> policy_;
  size_t restarts_ = 0;  // entries of kRestartAfter that have been reached
  std::vector<Observation> observed_;
  std::vector<ScheduleConfig> defaults_;  // the default of each sketch; empty until they are needed
  size_t defaults_used_ = 0;
  absl::flat_hash_set<ScheduleConfig> proposed_;
  std::map<std::string, std::unique_ptr<ScheduleSpace>> spaces_of_log_;  // by sketch hash; null if not usable
};

absl::StatusOr<std::unique_ptr<TaskSearch>> NewSearch(db::RecordStore& store, Builder& builder,
                                                      const std::vector<v1::Sketch>& built_in,
                                                      const std::shared_ptr<LearnedModel>& learned,
                                                      const TaskSearchRequest& request) {
  std::vector<v1::Sketch> sketches = request.sketches;
  for (const v1::Sketch& sketch : sketches) DIAPASON_RETURN_IF_ERROR(CheckSketchHash(sketch));
  if (!request.only_these_sketches) sketches.insert(sketches.end(), built_in.begin(), built_in.end());
  DIAPASON_RETURN_IF_ERROR(TryInWorker(builder, request, sketches));
  DIAPASON_RETURN_IF_ERROR(CheckIdentity(request.workload));
  DIAPASON_ASSIGN_OR_RETURN(auto space,
                            ScheduleSpace::Create(request.workload.text(), sketches, request.target));
  DIAPASON_RETURN_IF_ERROR(WithContext(store.PutWorkload(request.workload), "storing the workload"));
  for (const v1::Sketch& sketch : sketches) {
    DIAPASON_RETURN_IF_ERROR(WithContext(store.PutSketch(sketch), "storing a sketch"));
  }
  std::vector<ScheduleConfig> initial_schedules;
  v1::LookupOptions lookup;  // schedules of any version are good enough to start from
  lookup.set_threads(request.threads);
  DIAPASON_ASSIGN_OR_RETURN(const v1::LookupResult known,
                            store.Lookup(request.workload, request.target, lookup));
  for (const v1::LookupCandidate& candidate : known.candidates()) {
    auto config = space->FromSchedule(candidate.record().schedule());
    if (config.ok()) initial_schedules.push_back(*std::move(config));
  }
  return std::make_unique<SpaceTaskSearch>(store, builder, learned, request, std::move(sketches),
                                           std::move(space), std::move(initial_schedules));
}

}  // namespace

TaskSearchFactory NewSpaceTaskSearchFactory(db::RecordStore& store, Builder& builder,
                                            std::vector<v1::Sketch> built_in_sketches) {
  // All searches share the model.
  auto learned = std::make_shared<LearnedModel>(store, ScheduleSpace::FeatureSchema());
  return
      [&store, &builder, learned, sketches = std::move(built_in_sketches)](const TaskSearchRequest& request) {
        return NewSearch(store, builder, sketches, learned, request);
      };
}

}  // namespace diapason::tuner
