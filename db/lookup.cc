#include "db/lookup.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "db/log_fault.h"
#include "db/stored_message.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_fingerprint.h"
#include "proto/domain/target_fit.h"

namespace diapason::db {
namespace {

// A caller takes the first candidate that is legal for its workload. On the same workload that is nearly
// always the first of all, on others it may be a later one.
constexpr size_t kExactCandidates = 4;
constexpr size_t kClassCandidates = 4;
constexpr int kNearWorkloads = 4;
constexpr size_t kCandidatesOfNearWorkload = 2;

// Farther shapes (one loop 8 times as long, or three loops twice) say less than a sketch's own default.
constexpr double kMaxDistance = 3;

// Records with a time that means something, and those that have one of an emulator.
constexpr absl::string_view kTimed = "r.time_us IS NOT NULL";
constexpr absl::string_view kEmulated = "r.time_us IS NULL AND r.outcome = 1";  // OUTCOME_KIND_OK
static_assert(v1::OUTCOME_KIND_OK == 1);

// Which records `r` of a workload.
struct Where {
  absl::string_view condition;
  std::vector<std::string> values;  // of the condition's parameters
  bool emulated = false;            // measured by an emulator: their times mean nothing, only decisions count
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
    DIAPASON_ASSIGN_OR_RETURN(
        Statement select,
        connection_.Prepare(absl::StrCat(
            "SELECT r.body, r.schedule_hash, d.verdict, d.speed_up FROM decision AS d "
            "JOIN record AS r ON r.trial_id = d.best_trial_id "
            "WHERE d.workload_id = ? AND ",
            where.emulated ? kEmulated : kTimed, " AND ", where.condition, " ORDER BY d.sequence DESC")));
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
            "SELECT r.body, r.schedule_hash, min(r.time_us) FROM record AS r WHERE r.workload_id = ? AND ",
            kTimed, " AND ", where.condition,
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
    if (!where.emulated) DIAPASON_RETURN_IF_ERROR(candidates.AddFastest(where));
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

// Another target of the same class that has timed records of a workload.
struct Relative {
  v1::Target target;
  std::string fingerprint;
  bool same_design;
  double distance;
};

// Those of the same micro-architecture first, then the nearest.
absl::StatusOr<std::vector<Relative>> FindRelatives(Connection& connection, absl::string_view workload_id,
                                                    const v1::Target& target) {
  // One record of each target has its description; bodies are large, so only those are read.
  DIAPASON_ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare("SELECT body FROM record WHERE sequence IN (SELECT max(sequence) FROM record "
                         "WHERE workload_id = ? AND target_class = ? AND target_fingerprint != ? AND "
                         "time_us IS NOT NULL GROUP BY target_fingerprint)"));
  select.BindText(workload_id).BindText(TargetClass(target)).BindText(TargetFingerprint(target));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::Record> records, ReadMessages<v1::Record>(select));
  std::vector<Relative> relatives;
  for (const v1::Record& record : records) {
    relatives.push_back({record.target(), record.target_fingerprint(),
                         SameMicroarchitecture(target, record.target()),
                         MachineDistance(target, record.target())});
  }
  std::sort(relatives.begin(), relatives.end(), [](const Relative& a, const Relative& b) {
    return std::tie(b.same_design, a.distance, a.fingerprint) <
           std::tie(a.same_design, b.distance, b.fingerprint);
  });
  return relatives;
}

Where RecordsOf(const std::string& fingerprint) { return {"r.target_fingerprint = ?", {fingerprint}}; }

// "pi-1, of the same class aarch64/128 and the same micro-architecture cortex-a76, distance 0.2".
std::string Relation(const Relative& relative) {
  const v1::Target& target = relative.target;
  std::string text = absl::StrCat(target.name().empty() ? relative.fingerprint : target.name(),
                                  ", of the same class ", TargetClass(target));
  const std::string design = Microarchitecture(target);
  if (relative.same_design) {
    absl::StrAppend(&text, " and the same micro-architecture ", design);
  } else if (!design.empty()) {
    absl::StrAppend(&text, ", of the micro-architecture ", design);
  }
  absl::StrAppendFormat(&text, ", distance %.1f", relative.distance);
  return text;
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

// Of one workload on the relatives of `target`, nearest first: at most `limit` schedules. `prefix` begins each reason.
absl::Status AddRelatives(Connection& connection, const v1::Workload& workload, const v1::Target& target,
                          size_t limit, v1::Rung rung, absl::string_view prefix, v1::LookupResult& result) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<Relative> relatives,
                            FindRelatives(connection, workload.id(), target));
  std::vector<Where> places;
  std::map<std::string, std::string> relations;  // by fingerprint
  for (const Relative& relative : relatives) {
    places.push_back(RecordsOf(relative.fingerprint));
    relations[relative.fingerprint] = Relation(relative);
  }
  DIAPASON_ASSIGN_OR_RETURN(std::vector<Found> schedules,
                            FindSchedules(connection, workload.id(), places, limit));
  for (Found& found : schedules) {
    const std::string why = absl::StrCat(prefix, relations[found.record.target_fingerprint()], ": ");
    DIAPASON_RETURN_IF_ERROR(Append(connection, rung, std::move(found), why, result));
  }
  return absl::OkStatus();
}

absl::Status AddNearestShapes(Connection& connection, const v1::Workload& workload, const v1::Target& target,
                              v1::LookupResult& result) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<Neighbour> neighbours, FindNeighbours(connection, workload));
  int used = 0;
  for (const Neighbour& near : neighbours) {
    if (used == kNearWorkloads) break;
    const int before = result.candidates_size();
    const std::string shape =
        absl::StrFormat("near shape %s (distance %.2f) on ", near.workload.summary(), near.distance);
    DIAPASON_ASSIGN_OR_RETURN(std::vector<Found> here, FindSchedules(connection, near.workload.id(),
                                                                     {RecordsOf(TargetFingerprint(target))},
                                                                     kCandidatesOfNearWorkload));
    const size_t left = kCandidatesOfNearWorkload - here.size();
    for (Found& found : here) {
      DIAPASON_RETURN_IF_ERROR(Append(connection, v1::RUNG_NEAREST_SHAPE, std::move(found),
                                      absl::StrCat(shape, "this target: "), result));
    }
    if (left > 0) {
      DIAPASON_RETURN_IF_ERROR(
          AddRelatives(connection, near.workload, target, left, v1::RUNG_NEAREST_SHAPE, shape, result));
    }
    used += result.candidates_size() > before;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::LookupResult> WalkLadder(Connection& connection, const v1::Workload& workload,
                                            const v1::Target& target) {
  const std::string fingerprint = TargetFingerprint(target);
  Where emulated = RecordsOf(fingerprint);
  emulated.emulated = true;
  v1::LookupResult result;
  DIAPASON_ASSIGN_OR_RETURN(
      std::vector<Found> exact,
      FindSchedules(connection, workload.id(), {RecordsOf(fingerprint), emulated}, kExactCandidates));
  for (Found& found : exact) {
    const bool by_emulator = found.record.measurement().conditions().emulated();
    DIAPASON_RETURN_IF_ERROR(Append(connection, v1::RUNG_EXACT, std::move(found),
                                    by_emulator ? "this workload on this target, by an emulator's times: "
                                                : "this workload on this target: ",
                                    result));
  }
  DIAPASON_RETURN_IF_ERROR(AddRelatives(connection, workload, target, kClassCandidates, v1::RUNG_SAME_CLASS,
                                        "this workload on ", result));
  DIAPASON_RETURN_IF_ERROR(AddNearestShapes(connection, workload, target, result));
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

absl::StatusOr<v1::Target> FindTargetOfDevice(Connection& connection, absl::string_view device_id) {
  if (!device_id.empty()) {
    // The name is inside of the bodies; SQLite looks for its bytes, so that only records that may be meant are parsed.
    DIAPASON_ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare("SELECT body FROM record WHERE instr(body, ?) > 0 ORDER BY sequence DESC"));
    select.BindBlob(device_id);
    while (true) {
      DIAPASON_ASSIGN_OR_RETURN(const bool row, select.Step());
      if (!row) break;
      DIAPASON_ASSIGN_OR_RETURN(v1::Record record, ReadMessage<v1::Record>(select, 0));
      if (record.device_id() == device_id) return std::move(*record.mutable_target());
    }
  }
  DIAPASON_ASSIGN_OR_RETURN(
      Statement newest,
      connection.Prepare("SELECT body FROM record WHERE sequence IN (SELECT max(sequence) FROM "
                         "record GROUP BY target_fingerprint)"));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::Record> records, ReadMessages<v1::Record>(newest));
  std::set<std::string> known;
  for (const v1::Record& record : records) {
    if (!record.device_id().empty()) known.insert(record.device_id());
  }
  return absl::NotFoundError(
      absl::StrCat(connection.path(), " has no trial of a device ", device_id,
                   "; it has some of: ", known.empty() ? "none" : absl::StrJoin(known, ", ")));
}

}  // namespace diapason::db
