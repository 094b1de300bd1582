#include "db/lookup.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "db/log_fault.h"
#include "db/lookup_candidates.h"
#include "db/stored_inputs.h"
#include "db/stored_message.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_fingerprint.h"
#include "proto/domain/target_fit.h"

namespace diapason::db {
namespace {

// How many candidates each rung may add. A caller takes the first candidate that is legal for its
// workload. On the same workload this is nearly always the very first one; on other workloads it may be a
// later one.
constexpr size_t kExactCandidates = 4;
constexpr size_t kClassCandidates = 4;
constexpr int kNearWorkloads = 4;
constexpr size_t kCandidatesOfNearWorkload = 2;

// Shapes at a larger distance are not used: they tell less than the sketch's own default schedule. A
// distance of 3 means that one loop is 8 times as long, or that three loops are twice as long.
constexpr double kMaxDistance = 3;

// Another workload of the same structure.
struct Neighbour {
  double distance;
  v1::Workload workload;
};

// Returns the workloads of the same structure whose distance is not too large, nearest first.
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

// Returns them with those of the same micro-architecture first, and then by distance.
absl::StatusOr<std::vector<Relative>> FindRelatives(Connection& connection, absl::string_view workload_id,
                                                    const v1::Target& target) {
  // One record for each target is enough, because it contains the target. Bodies are large, so only these
  // are read.
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

// Returns a text like "pi-1, of the same class aarch64/128 and the same micro-architecture cortex-a76,
// distance 0.2".
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
  if (absl::IsNotFound(sketch.status())) {  // this cannot happen in a sound log
    return LogFault(absl::DataLossError(absl::StrCat(connection.name(), ": the sketch of the trial ",
                                                     found.record.trial_id(),
                                                     " is missing; restore a copy or start a new log")));
  }
  DIAPASON_RETURN_IF_ERROR(sketch.status());
  *candidate.mutable_sketch() = *std::move(sketch);
  *candidate.mutable_record() = std::move(found.record);
  return absl::OkStatus();
}

// Adds at most `limit` schedules of one workload on the relatives of `target`, nearest first. Each reason
// begins with `prefix`.
absl::Status AddRelatives(Connection& connection, const v1::Workload& workload, const v1::Target& target,
                          const v1::LookupOptions& options, size_t limit, v1::Rung rung,
                          absl::string_view prefix, v1::LookupResult& result) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<Relative> relatives,
                            FindRelatives(connection, workload.id(), target));
  std::vector<Place> places;
  std::map<std::string, std::string> relations;  // by fingerprint
  for (const Relative& relative : relatives) {
    places.push_back({relative.fingerprint});
    relations[relative.fingerprint] = Relation(relative);
  }
  DIAPASON_ASSIGN_OR_RETURN(std::vector<Found> schedules,
                            FindSchedules(connection, workload.id(), places, options, limit));
  for (Found& found : schedules) {
    const std::string why = absl::StrCat(prefix, relations[found.record.target_fingerprint()], ": ");
    DIAPASON_RETURN_IF_ERROR(Append(connection, rung, std::move(found), why, result));
  }
  return absl::OkStatus();
}

absl::Status AddNearestShapes(Connection& connection, const v1::Workload& workload, const v1::Target& target,
                              const v1::LookupOptions& options, v1::LookupResult& result) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<Neighbour> neighbours, FindNeighbours(connection, workload));
  int used = 0;
  for (const Neighbour& near : neighbours) {
    if (used == kNearWorkloads) break;
    const int before = result.candidates_size();
    const std::string shape =
        absl::StrFormat("near shape %s (distance %.2f) on ", near.workload.summary(), near.distance);
    DIAPASON_ASSIGN_OR_RETURN(std::vector<Found> here,
                              FindSchedules(connection, near.workload.id(), {{TargetFingerprint(target)}},
                                            options, kCandidatesOfNearWorkload));
    const size_t left = kCandidatesOfNearWorkload - here.size();
    for (Found& found : here) {
      DIAPASON_RETURN_IF_ERROR(Append(connection, v1::RUNG_NEAREST_SHAPE, std::move(found),
                                      absl::StrCat(shape, "this target: "), result));
    }
    if (left > 0) {
      DIAPASON_RETURN_IF_ERROR(AddRelatives(connection, near.workload, target, options, left,
                                            v1::RUNG_NEAREST_SHAPE, shape, result));
    }
    used += result.candidates_size() > before;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::LookupResult> WalkLadder(Connection& connection, const v1::Workload& workload,
                                            const v1::Target& target, const v1::LookupOptions& asked) {
  v1::LookupOptions options = asked;
  if (options.threads() <= 0) options.set_threads(1);
  if (options.match() == v1::MATCH_STRICT &&
      (options.backend().empty() || options.backend_version().empty())) {
    return absl::InvalidArgumentError(
        "a strict look-up must name the back end and its version; set both in LookupOptions");
  }
  const std::string fingerprint = TargetFingerprint(target);
  v1::LookupResult result;
  DIAPASON_ASSIGN_OR_RETURN(
      std::vector<Found> exact,
      FindSchedules(connection, workload.id(),
                    {{fingerprint}, {.target_fingerprint = fingerprint, .emulated = true}}, options,
                    kExactCandidates));
  for (Found& found : exact) {
    const bool by_emulator = found.record.measurement().conditions().emulated();
    DIAPASON_RETURN_IF_ERROR(Append(connection, v1::RUNG_EXACT, std::move(found),
                                    by_emulator ? "this workload on this target, measured in an emulator: "
                                                : "this workload on this target: ",
                                    result));
  }
  DIAPASON_RETURN_IF_ERROR(AddRelatives(connection, workload, target, options, kClassCandidates,
                                        v1::RUNG_SAME_CLASS, "this workload on ", result));
  DIAPASON_RETURN_IF_ERROR(AddNearestShapes(connection, workload, target, options, result));
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

}  // namespace diapason::db
