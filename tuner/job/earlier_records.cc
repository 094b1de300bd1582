#include "tuner/job/earlier_records.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/protocol_version.h"
#include "proto/domain/schedule_hash.h"

namespace diapason::tuner {
namespace {

using Finals = absl::flat_hash_map<std::string, const v1::Record*>;  // by trial id

db::RecordQuery RecordsOf(const JobTask& task) {
  const TaskKey& key = task.state.key();
  db::RecordQuery query;
  query.workload_id = key.workload_id;
  query.target_fingerprint = key.target_fingerprint;
  query.threads = key.threads;
  return query;
}

bool IsOfThisJob(const RunContext& context, const v1::Record& record) {
  return record.job_id() == context.job.job_id;
}

bool IsComparable(const RunContext& context, const v1::Record& record) {
  return IsOfThisJob(context, record) || (record.backend() == context.dependencies.backend &&
                                          record.backend_version() == context.dependencies.backend_version &&
                                          record.protocol_version() == kMeasureProtocolVersion);
}

// Finds the measurement to which all times are normalised. record_time.h says which one that is.
absl::StatusOr<SpeedReference> FindSpeedReference(const RunContext& context,
                                                  absl::Span<const std::unique_ptr<JobTask>> tasks) {
  std::optional<v1::Record> oldest;
  for (const std::unique_ptr<JobTask>& task : tasks) {
    // The first record that can be the reference ends the visit, because the other records of the task are
    // younger.
    const absl::Status found = absl::CancelledError();
    db::RecordQuery query = RecordsOf(*task);
    query.only_ok = true;
    const absl::Status visited =
        context.dependencies.store.VisitRecords(query, [&](const v1::Record& record) {
          if (record.phase() == v1::TRIAL_PHASE_FINAL || record.measurement().canary_us().empty() ||
              !IsComparable(context, record)) {
            return absl::OkStatus();
          }
          if (!oldest || record.created_unix_us() < oldest->created_unix_us()) oldest = record;
          return found;
        });
    if (visited != found) DIAPASON_RETURN_IF_ERROR(visited);
  }
  SpeedReference speed;
  if (oldest) speed.TimeUs(oldest->measurement());
  return speed;
}

void AddSearchRecord(const RunContext& context, const v1::Record& record, SpeedReference& speed,
                     JobTask& task) {
  const bool is_ok = IsOk(record.outcome());
  const bool is_about_schedule = IsAboutSchedule(record.outcome().kind());
  const double time_us = is_ok ? speed.TimeUs(record.measurement()) : std::numeric_limits<double>::infinity();
  const auto& stages = record.measurement().stage_units();
  StageUnits units = {stages.begin(), stages.end()};
  if (IsOfThisJob(context, record)) {
    task.state.AddTrial(record.schedule(), record.outcome(), time_us, std::move(units));
    if (is_about_schedule) {
      task.state.AddEarlierProposal();
    } else {
      // Records of an older release do not say which attempt they are. Each attempt has one record.
      int& attempts = task.attempts[ScheduleHash(record.schedule())];
      attempts = std::max(attempts + 1, static_cast<int>(record.attempt()));
    }
  } else if (is_ok) {
    task.state.AddEarlier(record.schedule(), time_us, std::move(units));
  }
  if (is_about_schedule) task.search->ObserveRecord(record, time_us);
}

// Adds the result of this job's comparison, whether or not it replaced an earlier decision. The records of
// a comparison and its decision are stored together.
absl::Status AddFinals(const RunContext& context, const Finals& finals, JobTask& task) {
  for (const auto& [trial_id, won] : finals) {
    const auto decision = context.dependencies.store.FindDecision(trial_id);
    if (absl::IsNotFound(decision.status())) continue;
    DIAPASON_RETURN_IF_ERROR(decision.status());
    const auto with = finals.find(decision->default_trial_id());
    task.state.SetFinal(won->threads(), decision->verdict(), won->schedule(),
                        with == finals.end() ? 0 : CallTimeUs(with->second->measurement()),
                        CallTimeUs(won->measurement()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SpeedReference> ReadEarlierRecords(const RunContext& context,
                                                  absl::Span<const std::unique_ptr<JobTask>> tasks) {
  DIAPASON_ASSIGN_OR_RETURN(SpeedReference speed, FindSpeedReference(context, tasks));
  for (const std::unique_ptr<JobTask>& task : tasks) {
    DIAPASON_ASSIGN_OR_RETURN(std::vector<v1::Record> records,
                              context.dependencies.store.FindRecords(RecordsOf(*task)));
    std::reverse(records.begin(), records.end());  // oldest first
    for (const v1::Record& record : records) {
      if (record.phase() != v1::TRIAL_PHASE_FINAL) {
        if (IsComparable(context, record)) AddSearchRecord(context, record, speed, *task);
      }
    }
    for (const int threads : context.threads) {
      db::RecordQuery query = RecordsOf(*task);
      query.threads = threads;
      DIAPASON_ASSIGN_OR_RETURN(records, context.dependencies.store.FindRecords(query));
      Finals finals;
      for (const v1::Record& record : records) {
        if (record.phase() != v1::TRIAL_PHASE_FINAL || !IsOfThisJob(context, record)) continue;
        int& attempts = task->final_attempts[threads];
        attempts = std::max({attempts, static_cast<int>(record.attempt()), 1});
        finals[record.trial_id()] = &record;
      }
      DIAPASON_RETURN_IF_ERROR(AddFinals(context, finals, *task));
    }
  }
  return speed;
}

}  // namespace diapason::tuner
