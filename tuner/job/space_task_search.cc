#include "tuner/job/space_task_search.h"

#include <cmath>
#include <future>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "compiler/space/schedule_space.h"
#include "costmodel/cost_model.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/target_fingerprint.h"
#include "tuner/job/speed_reference.h"
#include "tuner/job/trial.h"
#include "tuner/search/policy_factory.h"
#include "tuner/search/schedule_search_space.h"

namespace diapason::tuner {
namespace {

constexpr int64_t kMaxRelatedRecords = 4000;  // newest first; the learner bounds what it uses further

// Own observations after which the policy begins anew from the log: tasks of one job teach each other.
constexpr size_t kBeginAnew[] = {8, 32, 128};

// The log's records of other tasks on this target, those of the same structure first.
absl::StatusOr<std::vector<costmodel::Group>> RelatedGroups(const db::RecordStore& store,
                                                            const TaskSearchRequest& request) {
  db::RecordQuery query;
  query.target_fingerprint = TargetFingerprint(request.target);
  query.limit = kMaxRelatedRecords;
  std::map<std::string, costmodel::Group> groups;  // by workload
  SpeedReference speed;
  std::vector<std::string> order;
  for (const std::string& structure : {request.workload.structure_id(), std::string()}) {
    query.structure_id = structure;
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::Record> records, store.FindRecords(query));
    std::map<std::string, costmodel::Group> found;
    for (const v1::Record& record : records) {
      if (record.workload_id() == request.workload.id() || groups.contains(record.workload_id()) ||
          record.phase() != v1::TRIAL_PHASE_SEARCH || !IsAboutSchedule(record.outcome().kind()) ||
          record.feature_schema() != compiler::ScheduleSpace::FeatureSchema()) {
        continue;
      }
      costmodel::Group& group = found[record.workload_id()];
      if (group.rows.empty()) order.push_back(record.workload_id());
      group.rows.emplace_back(record.feature_row().begin(), record.feature_row().end());
      const bool ok = record.outcome().kind() == v1::OUTCOME_KIND_OK;
      group.times_us.push_back(ok ? speed.TimeUs(record.measurement())
                                  : std::numeric_limits<double>::infinity());
    }
    groups.merge(found);
  }
  std::vector<costmodel::Group> related;
  for (const std::string& workload : order) related.push_back(std::move(groups[workload]));
  return related;
}

absl::Status TryInWorker(Builder& builder, const TaskSearchRequest& request,
                         const std::vector<v1::Sketch>& sketches) {
  v1::BuildRequest rehearsal;
  rehearsal.set_workload_text(request.workload.text());
  *rehearsal.mutable_target() = request.target;
  rehearsal.mutable_sketches()->Add(sketches.begin(), sketches.end());
  const auto done = std::make_shared<std::promise<v1::Outcome>>();  // whoever sets it may still be at it
  builder.Build(std::move(rehearsal),
                [done](const v1::BuildResponse& response) { done->set_value(response.outcome()); });
  const v1::Outcome outcome = done->get_future().get();
  switch (outcome.kind()) {
    case v1::OUTCOME_KIND_OK:
    case v1::OUTCOME_KIND_REJECTED:  // opening it here says why, and with which code
      return absl::OkStatus();
    case v1::OUTCOME_KIND_CANCELLED:
    case v1::OUTCOME_KIND_DEVICE_LOST:
      return absl::UnavailableError(outcome.message());
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("the workload and the sketches cannot be searched: ", outcome.message()));
  }
}

class SpaceTaskSearch : public TaskSearch {
 public:
  // `store` and `builder` outlive this.
  SpaceTaskSearch(const db::RecordStore& store, Builder& builder, TaskSearchRequest request,
                  std::unique_ptr<compiler::ScheduleSpace> space, std::vector<compiler::Point> seeds)
      : store_(store),
        builder_(builder),
        request_(std::move(request)),
        space_(std::move(space)),
        view_(*space_),
        seeds_(std::move(seeds)) {}

  std::vector<Candidate> Next(int count) override {
    // The first policy is begun here, too: a job of many tasks is accepted before their spaces are ranked.
    bool due = policy_ == nullptr;
    while (begun_ < std::size(kBeginAnew) && observed_.size() >= kBeginAnew[begun_]) {
      ++begun_;
      due = true;
    }
    if (due) BeginPolicy();
    std::vector<Candidate> candidates;
    if (std::optional<Candidate> other = NextDefault()) candidates.push_back(*std::move(other));
    while (static_cast<int>(candidates.size()) < count) {
      const std::vector<compiler::Point> points =
          policy_->Suggest(count - static_cast<int>(candidates.size()));
      if (points.empty()) break;
      for (const compiler::Point& point : points) {
        if (!proposed_.insert(point).second) continue;  // by an earlier policy, and still under way
        auto candidate = MakeCandidate(*space_, point);
        // A legal point renders; one that does not is a defect of its sketch, and is passed over.
        if (candidate.ok()) candidates.push_back(*std::move(candidate));
      }
    }
    return candidates;
  }

  void Observe(absl::Span<const ScheduleTime> times) override {
    const size_t before = observed_.size();
    for (const ScheduleTime& time : times) {
      auto point = space_->FromSchedule(time.schedule);
      if (point.ok()) observed_.push_back({*std::move(point), time.time_us});
    }
    if (policy_ != nullptr) policy_->Observe(absl::MakeConstSpan(observed_).subspan(before));
  }

  v1::Schedule Default() const override { return space_->ToSchedule(space_->Default()); }

  absl::StatusOr<Candidate> Make(const v1::Schedule& schedule) override {
    auto point = space_->FromSchedule(schedule);
    if (point.ok()) return MakeCandidate(*space_, *point);
    const compiler::ScheduleSpace* logged = SpaceOfLog(schedule.sketch_hash());
    if (logged == nullptr) return point.status();
    DIAPASON_ASSIGN_OR_RETURN(const compiler::Point of_log, logged->FromSchedule(schedule));
    return MakeCandidate(*logged, of_log);
  }

 private:
  // While nothing has worked, and after every failure: the default of the next sketch, the fallback sketch's last.
  std::optional<Candidate> NextDefault() {
    size_t failures = 0;
    for (const Observation& observation : observed_) {
      if (std::isfinite(observation.time_us)) return std::nullopt;
      ++failures;
    }
    if (failures <= rescues_) return std::nullopt;
    if (defaults_.empty()) defaults_ = space_->Defaults();
    while (rescues_ < defaults_.size()) {
      const compiler::Point& point = defaults_[rescues_++];
      if (!proposed_.insert(point).second) continue;
      auto candidate = MakeCandidate(*space_, point);
      if (candidate.ok()) return *std::move(candidate);
    }
    return std::nullopt;
  }

  // From what the log knows by now: in a job of many tasks, what the others have shown since this one began.
  void BeginPolicy() {
    SearchOptions options;
    options.seed = request_.seed;
    options.seeds = seeds_;
    auto related = RelatedGroups(store_, request_);
    if (related.ok()) options.related = *std::move(related);  // else without: it will learn by itself
    costmodel::XgboostOptions model;
    model.seed = request_.seed;
    policy_ = NewSearchPolicy(view_, costmodel::NewXgboostCostModel(model), std::move(options));
    policy_->Observe(observed_);
  }

  // The space of a sketch as the log has it: an earlier release's, or one that a user brought to an earlier job. Null: the
  // log does not have it, or it does not fit any more.
  const compiler::ScheduleSpace* SpaceOfLog(const std::string& sketch_hash) {
    const auto known = spaces_of_log_.find(sketch_hash);
    if (known != spaces_of_log_.end()) return known->second.get();
    std::unique_ptr<compiler::ScheduleSpace>& space = spaces_of_log_[sketch_hash];
    const auto sketch = store_.GetSketch(sketch_hash);
    if (!sketch.ok() || !TryInWorker(builder_, request_, {*sketch}).ok()) return nullptr;
    auto opened = compiler::ScheduleSpace::Create(request_.workload.text(), {*sketch}, request_.target);
    if (opened.ok()) space = *std::move(opened);
    return space.get();
  }

  static absl::StatusOr<Candidate> MakeCandidate(const compiler::ScheduleSpace& space,
                                                 const compiler::Point& point) {
    Candidate candidate;
    DIAPASON_ASSIGN_OR_RETURN(candidate.script, space.Render(point));
    candidate.schedule = space.ToSchedule(point);
    candidate.feature_row = space.FeatureRow(point);
    candidate.feature_schema = compiler::ScheduleSpace::FeatureSchema();
    return candidate;
  }

  const db::RecordStore& store_;
  Builder& builder_;
  const TaskSearchRequest request_;
  const std::unique_ptr<compiler::ScheduleSpace> space_;
  const ScheduleSearchSpace view_;
  const std::vector<compiler::Point> seeds_;
  std::unique_ptr<SearchPolicy> policy_;
  size_t begun_ = 0;  // how many of kBeginAnew are behind us
  std::vector<Observation> observed_;
  std::vector<compiler::Point> defaults_;  // of all sketches; empty: not asked for
  size_t rescues_ = 0;                     // how many of them were looked at
  absl::flat_hash_set<compiler::Point> proposed_;
  std::map<std::string, std::unique_ptr<compiler::ScheduleSpace>>
      spaces_of_log_;  // by sketch hash; null: not usable
};

absl::StatusOr<std::unique_ptr<TaskSearch>> NewSearch(db::RecordStore& store, Builder& builder,
                                                      const std::vector<v1::Sketch>& built_in,
                                                      const TaskSearchRequest& request) {
  std::vector<v1::Sketch> sketches = request.sketches;
  if (!request.only_these_sketches) sketches.insert(sketches.end(), built_in.begin(), built_in.end());
  DIAPASON_RETURN_IF_ERROR(TryInWorker(builder, request, sketches));
  DIAPASON_ASSIGN_OR_RETURN(
      auto space, compiler::ScheduleSpace::Create(request.workload.text(), sketches, request.target));
  for (const v1::Sketch& sketch : sketches) {
    DIAPASON_RETURN_IF_ERROR(WithContext(store.PutSketch(sketch), "storing a sketch"));
  }
  std::vector<compiler::Point> seeds;
  DIAPASON_ASSIGN_OR_RETURN(const v1::LookupResult known, store.Lookup(request.workload, request.target));
  for (const v1::LookupCandidate& candidate : known.candidates()) {
    auto point = space->FromSchedule(candidate.record().schedule());
    if (point.ok()) seeds.push_back(*std::move(point));
  }
  return std::make_unique<SpaceTaskSearch>(store, builder, request, std::move(space), std::move(seeds));
}

}  // namespace

TaskSearchFactory NewSpaceTaskSearchFactory(db::RecordStore& store, Builder& builder,
                                            std::vector<v1::Sketch> built_in_sketches) {
  return [&store, &builder, sketches = std::move(built_in_sketches)](const TaskSearchRequest& request) {
    return NewSearch(store, builder, sketches, request);
  };
}

}  // namespace diapason::tuner
