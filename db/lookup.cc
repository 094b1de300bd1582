#include "db/lookup.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "db/log_fault.h"
#include "db/stored_message.h"
#include "proto/support/status_macros.h"
#include "proto/support/target_fingerprint.h"

namespace diapason::db {
namespace {

// A caller takes the first candidate that is legal for its workload. On the same workload that is nearly
// always the first of all, on others it may be a later one.
constexpr int kExactCandidates = 4;
constexpr int kClassCandidates = 4;
constexpr int kNearWorkloads = 4;
constexpr int kCandidatesOfNearWorkload = 2;

// Farther shapes (one loop 8 times as long, or three loops twice) say less than a sketch's own default.
constexpr double kMaxDistance = 3;

// Which records `r` of a workload.
struct Where {
  absl::string_view condition;
  std::vector<std::string> values;  // of the condition's parameters
};

struct Found {
  v1::Record record;
  std::string reason;
};

// Schedules of one workload that are candidates, each once.
class Candidates {
 public:
  Candidates(Connection& connection, absl::string_view workload_id, size_t limit)
      : connection_(connection), workload_id_(workload_id), limit_(limit) {}

  absl::Status AddDecided(const Where& where) {
    // Which decision counts, and for which schedule: the view `decision` (migrations/0002_standing_decisions.sql).
    DIAPASON_ASSIGN_OR_RETURN(Statement select,
                              connection_.Prepare(absl::StrCat(
                                  "SELECT r.body, r.schedule_hash, d.verdict, d.speed_up FROM decision AS d "
                                  "JOIN record AS r ON r.trial_id = d.best_trial_id "
                                  "WHERE d.workload_id = ? AND r.time_us IS NOT NULL AND ",
                                  where.condition, " ORDER BY d.sequence DESC")));
    Bind(select, where);
    return Add(select, [](const Statement& row) {
      if (row.Int(2) != v1::VERDICT_FASTER)
        return std::string("default, nothing measured was significantly faster");
      return absl::StrFormat("winner, %.2fx the default", row.Real(3));
    });
  }

  absl::Status AddFastest(const Where& where) {
    DIAPASON_ASSIGN_OR_RETURN(
        Statement select,
        connection_.Prepare(absl::StrCat(
            "SELECT r.body, r.schedule_hash, min(r.time_us) FROM record AS r WHERE r.workload_id = ? "
            "AND r.time_us IS NOT NULL AND ",
            where.condition,
            " GROUP BY r.schedule_hash, r.protocol_version "
            "ORDER BY r.protocol_version DESC, min(r.time_us)")));
    Bind(select, where);
    return Add(select,
               [](const Statement& row) { return absl::StrFormat("measured, %.1f us", row.Real(2)); });
  }

  std::vector<Found> Take() { return std::move(found_); }

 private:
  void Bind(Statement& select, const Where& where) const {
    select.BindText(workload_id_);
    for (const std::string& value : where.values) select.BindText(value);
  }

  template <typename Reason>
  absl::Status Add(Statement& rows, Reason reason) {
    while (found_.size() < limit_) {
      DIAPASON_ASSIGN_OR_RETURN(const bool row, rows.Step());
      if (!row) break;
      if (!schedules_.insert(rows.Text(1)).second) continue;
      DIAPASON_ASSIGN_OR_RETURN(v1::Record record, ReadMessage<v1::Record>(rows, 0));
      found_.push_back({std::move(record), reason(rows)});
    }
    return absl::OkStatus();
  }

  Connection& connection_;
  const std::string workload_id_;
  const size_t limit_;
  absl::flat_hash_set<std::string> schedules_;
  std::vector<Found> found_;
};

absl::StatusOr<std::vector<Found>> FindSchedules(Connection& connection, absl::string_view workload_id,
                                                 const std::vector<Where>& places, size_t limit) {
  Candidates candidates(connection, workload_id, limit);
  for (const Where& where : places) {
    DIAPASON_RETURN_IF_ERROR(candidates.AddDecided(where));
    DIAPASON_RETURN_IF_ERROR(candidates.AddFastest(where));
  }
  return candidates.Take();
}

struct Neighbour {
  double distance;
  v1::Workload workload;
};

// Workloads of the same structure within reach, nearest first.
absl::StatusOr<std::vector<Neighbour>> FindNeighbours(Connection& connection, const v1::Workload& workload) {
  if (workload.structure_id().empty()) return std::vector<Neighbour>();
  DIAPASON_ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare("SELECT body FROM workload WHERE structure_id = ? AND workload_id != ? "
                         "ORDER BY workload_id"));
  select.BindText(workload.structure_id()).BindText(workload.id());
  DIAPASON_ASSIGN_OR_RETURN(std::vector<v1::Workload> others, ReadMessages<v1::Workload>(select));
  std::vector<Neighbour> neighbours;
  for (v1::Workload& other : others) {
    const std::optional<double> distance = ShapeDistance(workload, other);
    if (distance.has_value() && *distance <= kMaxDistance)
      neighbours.push_back({*distance, std::move(other)});
  }
  std::sort(neighbours.begin(), neighbours.end(), [](const Neighbour& a, const Neighbour& b) {
    return std::tie(a.distance, a.workload.id()) < std::tie(b.distance, b.workload.id());
  });
  return neighbours;
}

std::string TargetName(const v1::Record& record) {
  return record.target().name().empty() ? record.target_fingerprint() : record.target().name();
}

absl::Status Append(Connection& connection, v1::Rung rung, Found found, absl::string_view prefix,
                    v1::LookupResult& result) {
  v1::LookupCandidate& candidate = *result.add_candidates();
  candidate.set_rung(rung);
  candidate.set_reason(absl::StrCat(prefix, found.reason));
  absl::StatusOr<v1::Sketch> sketch = ReadSketch(connection, found.record.schedule().sketch_hash());
  if (absl::IsNotFound(sketch.status())) {  // sketches are stored before their records
    return LogFault(absl::DataLossError(absl::StrCat(connection.path(), ": the sketch of the trial ",
                                                     found.record.trial_id(),
                                                     " is missing; restore a copy or start a new log")));
  }
  DIAPASON_RETURN_IF_ERROR(sketch.status());
  *candidate.mutable_sketch() = *std::move(sketch);
  *candidate.mutable_record() = std::move(found.record);
  return absl::OkStatus();
}

absl::Status AddNearestShapes(Connection& connection, const v1::Workload& workload,
                              const std::vector<Where>& places, absl::string_view fingerprint,
                              v1::LookupResult& result) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<Neighbour> neighbours, FindNeighbours(connection, workload));
  int used = 0;
  for (const Neighbour& near : neighbours) {
    if (used == kNearWorkloads) break;
    DIAPASON_ASSIGN_OR_RETURN(std::vector<Found> schedules, FindSchedules(connection, near.workload.id(),
                                                                          places, kCandidatesOfNearWorkload));
    used += !schedules.empty();
    for (Found& found : schedules) {
      const bool here = found.record.target_fingerprint() == fingerprint;
      const std::string prefix =
          absl::StrFormat("near shape %s (distance %.2f) on %s: ", near.workload.summary(), near.distance,
                          here ? "this target" : TargetName(found.record));
      DIAPASON_RETURN_IF_ERROR(Append(connection, v1::RUNG_NEAREST_SHAPE, std::move(found), prefix, result));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::LookupResult> WalkLadder(Connection& connection, const v1::Workload& workload,
                                            const v1::Target& target) {
  const std::string fingerprint = TargetFingerprint(target);
  const std::string target_class = TargetClass(target);
  const Where here = {"r.target_fingerprint = ?", {fingerprint}};
  const Where class_of_here = {"r.target_class = ? AND r.target_fingerprint != ?",
                               {target_class, fingerprint}};
  v1::LookupResult result;

  DIAPASON_ASSIGN_OR_RETURN(std::vector<Found> exact,
                            FindSchedules(connection, workload.id(), {here}, kExactCandidates));
  for (Found& found : exact) {
    DIAPASON_RETURN_IF_ERROR(
        Append(connection, v1::RUNG_EXACT, std::move(found), "this workload on this target: ", result));
  }

  DIAPASON_ASSIGN_OR_RETURN(std::vector<Found> same_class,
                            FindSchedules(connection, workload.id(), {class_of_here}, kClassCandidates));
  for (Found& found : same_class) {
    const std::string prefix = absl::StrCat("this workload on ", TargetName(found.record),
                                            ", of the same class ", target_class, ": ");
    DIAPASON_RETURN_IF_ERROR(Append(connection, v1::RUNG_SAME_CLASS, std::move(found), prefix, result));
  }

  DIAPASON_RETURN_IF_ERROR(
      AddNearestShapes(connection, workload, {here, class_of_here}, fingerprint, result));
  return result;
}

std::optional<double> ShapeDistance(const v1::Workload& a, const v1::Workload& b) {
  if (a.extents_size() != b.extents_size()) return std::nullopt;
  double sum = 0;
  for (int i = 0; i < a.extents_size(); ++i) {
    if (a.extents(i) <= 0 || b.extents(i) <= 0) return std::nullopt;
    const double ratio = std::log2(static_cast<double>(a.extents(i)) / static_cast<double>(b.extents(i)));
    sum += ratio * ratio;
  }
  return std::sqrt(sum);
}

absl::StatusOr<v1::Sketch> ReadSketch(Connection& connection, absl::string_view hash) {
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection.Prepare("SELECT body FROM sketch WHERE sketch_hash = ?"));
  DIAPASON_ASSIGN_OR_RETURN(const bool row, select.BindText(hash).Step());
  if (!row) return absl::NotFoundError(absl::StrCat("the log has no sketch ", hash));
  return ReadMessage<v1::Sketch>(select, 0);
}

}  // namespace diapason::db
