#include "tuner/job/space_task_search.h"

#include <limits>
#include <map>
#include <utility>

#include "compiler/space/schedule_space.h"
#include "costmodel/cost_model.h"
#include "proto/support/status_macros.h"
#include "proto/support/target_fingerprint.h"
#include "tuner/job/trial.h"
#include "tuner/search/policy_factory.h"
#include "tuner/search/schedule_search_space.h"

namespace diapason::tuner {
namespace {

constexpr int64_t kMaxRelatedRecords = 4000;  // newest first; the learner bounds what it uses further

class SpaceTaskSearch : public TaskSearch {
 public:
  SpaceTaskSearch(std::unique_ptr<compiler::ScheduleSpace> space, SearchOptions options)
      : space_(std::move(space)), view_(*space_) {
    costmodel::XgboostOptions model;
    model.seed = options.seed;
    policy_ = NewSearchPolicy(view_, costmodel::NewXgboostCostModel(model), std::move(options));
  }

  std::vector<Candidate> Next(int count) override {
    std::vector<Candidate> candidates;
    for (const compiler::Point& point : policy_->Suggest(count)) {
      auto candidate = MakeCandidate(point);
      // A legal point renders; one that does not is a defect of its sketch, and is passed over.
      if (candidate.ok()) candidates.push_back(*std::move(candidate));
    }
    return candidates;
  }

  void Observe(absl::Span<const ScheduleTime> times) override {
    std::vector<Observation> observations;
    for (const ScheduleTime& time : times) {
      auto point = space_->FromSchedule(time.schedule);
      if (point.ok()) observations.push_back({*std::move(point), time.time_us});
    }
    policy_->Observe(observations);
  }

  v1::Schedule Default() const override { return space_->ToSchedule(space_->Default()); }

  absl::StatusOr<Candidate> Make(const v1::Schedule& schedule) const override {
    DIAPASON_ASSIGN_OR_RETURN(const compiler::Point point, space_->FromSchedule(schedule));
    return MakeCandidate(point);
  }

 private:
  absl::StatusOr<Candidate> MakeCandidate(const compiler::Point& point) const {
    Candidate candidate;
    DIAPASON_ASSIGN_OR_RETURN(candidate.script, space_->Render(point));
    candidate.schedule = space_->ToSchedule(point);
    candidate.feature_row = space_->FeatureRow(point);
    candidate.feature_schema = compiler::ScheduleSpace::FeatureSchema();
    return candidate;
  }

  const std::unique_ptr<compiler::ScheduleSpace> space_;
  const ScheduleSearchSpace view_;
  std::unique_ptr<SearchPolicy> policy_;
};

// The log's records of other tasks on this target, those of the same structure first.
absl::StatusOr<std::vector<costmodel::Group>> RelatedGroups(const db::RecordStore& store,
                                                            const TaskSearchRequest& request) {
  db::RecordQuery query;
  query.target_fingerprint = TargetFingerprint(request.target);
  query.limit = kMaxRelatedRecords;
  std::map<std::string, costmodel::Group> groups;  // by workload
  std::vector<std::string> order;
  for (const std::string& structure : {request.workload.structure_id(), std::string()}) {
    query.structure_id = structure;
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::Record> records, store.FindRecords(query));
    std::map<std::string, costmodel::Group> found;
    for (const v1::Record& record : records) {
      if (record.workload_id() == request.workload.id() || groups.contains(record.workload_id()) ||
          record.phase() != v1::TRIAL_PHASE_SEARCH || IsInfrastructure(record.outcome().kind()) ||
          record.feature_schema() != compiler::ScheduleSpace::FeatureSchema()) {
        continue;
      }
      costmodel::Group& group = found[record.workload_id()];
      if (group.rows.empty()) order.push_back(record.workload_id());
      group.rows.emplace_back(record.feature_row().begin(), record.feature_row().end());
      const bool ok = record.outcome().kind() == v1::OUTCOME_KIND_OK;
      group.times_us.push_back(ok ? record.measurement().median_us()
                                  : std::numeric_limits<double>::infinity());
    }
    groups.merge(found);
  }
  std::vector<costmodel::Group> related;
  for (const std::string& workload : order) related.push_back(std::move(groups[workload]));
  return related;
}

absl::StatusOr<std::unique_ptr<TaskSearch>> NewSearch(db::RecordStore& store,
                                                      const std::vector<v1::Sketch>& built_in,
                                                      const TaskSearchRequest& request) {
  std::vector<v1::Sketch> sketches = request.sketches;
  if (!request.only_these_sketches) sketches.insert(sketches.end(), built_in.begin(), built_in.end());
  DIAPASON_ASSIGN_OR_RETURN(
      auto space, compiler::ScheduleSpace::Create(request.workload.text(), sketches, request.target));
  for (const v1::Sketch& sketch : sketches) {
    DIAPASON_RETURN_IF_ERROR(WithContext(store.PutSketch(sketch), "storing a sketch"));
  }
  SearchOptions options;
  options.seed = request.seed;
  DIAPASON_ASSIGN_OR_RETURN(options.related, RelatedGroups(store, request));
  DIAPASON_ASSIGN_OR_RETURN(const v1::LookupResult known, store.Lookup(request.workload, request.target));
  for (const v1::LookupCandidate& candidate : known.candidates()) {
    auto point = space->FromSchedule(candidate.record().schedule());
    if (point.ok()) options.seeds.push_back(*std::move(point));
  }
  return std::make_unique<SpaceTaskSearch>(std::move(space), std::move(options));
}

}  // namespace

TaskSearchFactory NewSpaceTaskSearchFactory(db::RecordStore& store,
                                            std::vector<v1::Sketch> built_in_sketches) {
  return [&store, sketches = std::move(built_in_sketches)](const TaskSearchRequest& request) {
    return NewSearch(store, sketches, request);
  };
}

}  // namespace diapason::tuner
