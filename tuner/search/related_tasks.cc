#include "tuner/search/related_tasks.h"

#include <limits>
#include <map>
#include <utility>

#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/record_time.h"

namespace diapason::tuner {
namespace {

constexpr int64_t kMaxRecords = 4000;  // the newest ones; the learner limits them further

}  // namespace

absl::StatusOr<std::vector<costmodel::Group>> RelatedTasks(const db::RecordStore& store, const TaskKey& task,
                                                           absl::string_view structure_id,
                                                           absl::string_view feature_schema) {
  db::RecordQuery query;
  query.target_fingerprint = task.target_fingerprint;
  query.threads = task.threads;
  query.limit = kMaxRecords;
  std::map<std::string, costmodel::Group> groups;  // by workload
  std::vector<std::string> order;
  SpeedReference speed;
  for (const std::string& structure : {std::string(structure_id), std::string()}) {
    query.structure_id = structure;
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::Record> records, store.FindRecords(query));
    std::map<std::string, costmodel::Group> found;
    for (const v1::Record& record : records) {
      if (record.workload_id() == task.workload_id || groups.contains(record.workload_id()) ||
          record.phase() != v1::TRIAL_PHASE_SEARCH || !IsAboutSchedule(record.outcome().kind()) ||
          record.feature_schema() != feature_schema) {
        continue;
      }
      costmodel::Group& group = found[record.workload_id()];
      if (group.rows.empty()) order.push_back(record.workload_id());
      group.rows.emplace_back(record.feature_row().begin(), record.feature_row().end());
      group.times_us.push_back(IsOk(record.outcome()) ? speed.TimeUs(record.measurement())
                                                      : std::numeric_limits<double>::infinity());
    }
    groups.merge(found);
  }
  std::vector<costmodel::Group> related;
  for (const std::string& id : order) related.push_back(std::move(groups[id]));
  return related;
}

}  // namespace diapason::tuner
