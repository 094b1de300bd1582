#include "db/lookup_candidates.h"

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "db/stored_message.h"
#include "proto/base/status_macros.h"

namespace diapason::db {
namespace {

// Conditions for records with a time that means something, and for records with a time from an emulator.
constexpr absl::string_view kTimed = "r.time_us IS NOT NULL";
constexpr absl::string_view kEmulated = "r.time_us IS NULL AND r.outcome = 1";  // OUTCOME_KIND_OK
static_assert(v1::OUTCOME_KIND_OK == 1);

// Conditions with the parameters of all queries. The numbers of the parameters are the same in every
// query.
constexpr absl::string_view kOfTask = "workload_id = ?1 AND r.threads = ?2 AND r.target_fingerprint = ?3";
constexpr absl::string_view kSameVersion = "(?4 = '' OR (r.backend = ?4 AND r.backend_version = ?5))";

// Returns the numbers of threads that the workload was measured with, the wanted number first and then by
// distance.
absl::StatusOr<std::vector<int64_t>> FindThreads(Connection& connection, absl::string_view workload_id,
                                                 int64_t wanted) {
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection.Prepare("SELECT threads FROM record WHERE workload_id = ? "
                                               "GROUP BY threads ORDER BY abs(threads - ?), threads"));
  select.BindText(workload_id).BindInt(wanted);
  std::vector<int64_t> threads;
  while (true) {
    DIAPASON_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return threads;
    threads.push_back(select.Int(0));
  }
}

// Collects the candidates of one workload, each schedule once.
class Candidates {
 public:
  Candidates(Connection& connection, absl::string_view workload_id, const v1::LookupOptions& options,
             size_t limit)
      : connection_(connection),
        workload_id_(workload_id),
        options_(options),
        only_same_version_(options.match() == v1::MATCH_STRICT ? absl::StrCat(" AND ", kSameVersion) : ""),
        limit_(limit) {}

  absl::Status AddDecided(const Place& place, int64_t threads) {
    // The view `decision` (db/migrations/sqlite/0003_identities.sql) says which decision counts, and for
    // which schedule.
    DIAPASON_ASSIGN_OR_RETURN(
        Statement select,
        connection_.Prepare(absl::StrCat("SELECT r.body, r.schedule_hash, ", kSameVersion,
                                         ", d.verdict, d.speed_up FROM decision AS d "
                                         "JOIN record AS r ON r.trial_id = d.best_trial_id WHERE d.",
                                         kOfTask, " AND ", place.emulated ? kEmulated : kTimed,
                                         only_same_version_, " ORDER BY d.sequence DESC")));
    Bind(select, place, threads);
    return Add(select, threads, [](const Statement& row) {
      if (row.Int(3) != v1::VERDICT_FASTER)
        return std::string("default, nothing measured was significantly faster");
      return absl::StrFormat("winner, %.2fx the default", row.Real(4));
    });
  }

  absl::Status AddFastest(const Place& place, int64_t threads) {
    // The fastest record of each schedule, version and protocol is found without reading bodies.
    DIAPASON_ASSIGN_OR_RETURN(
        Statement select,
        connection_.Prepare(absl::StrCat(
            "SELECT record.body, record.schedule_hash, f.same_version, record.time_us FROM "
            "(SELECT r.sequence, ",
            kSameVersion,
            " AS same_version, row_number() OVER (PARTITION BY r.schedule_hash, r.protocol_version, ",
            kSameVersion, " ORDER BY r.time_us, r.sequence) AS place FROM record AS r WHERE r.", kOfTask,
            " AND ", kTimed, only_same_version_,
            ") AS f JOIN record ON record.sequence = f.sequence WHERE f.place = 1 "
            "ORDER BY f.same_version DESC, record.protocol_version DESC, record.time_us")));
    Bind(select, place, threads);
    return Add(select, threads,
               [](const Statement& row) { return absl::StrFormat("measured, %.1f us", row.Real(3)); });
  }

  bool IsFull() const { return found_.size() >= limit_; }
  std::vector<Found> Take() { return std::move(found_); }

 private:
  void Bind(Statement& select, const Place& place, int64_t threads) const {
    select.BindText(workload_id_)
        .BindInt(threads)
        .BindText(place.target_fingerprint)
        .BindText(options_.backend())
        .BindText(options_.backend_version());
  }

  template <typename Reason>
  absl::Status Add(Statement& rows, int64_t threads, Reason reason) {
    while (!IsFull()) {
      DIAPASON_ASSIGN_OR_RETURN(const bool row, rows.Step());
      if (!row) break;
      if (!schedules_.insert(rows.Text(1)).second) continue;
      DIAPASON_ASSIGN_OR_RETURN(v1::Record record, ReadMessage<v1::Record>(rows, 0));
      std::string why = reason(rows);
      if (threads != options_.threads())
        absl::StrAppend(&why, "; tuned for ", threads, threads == 1 ? " thread" : " threads");
      if (rows.Int(2) == 0) {
        absl::StrAppend(&why, "; measured by another version (", record.backend(), ", ",
                        record.backend_version(), ")");
      }
      found_.push_back({std::move(record), std::move(why)});
    }
    return absl::OkStatus();
  }

  Connection& connection_;
  const std::string workload_id_;
  const v1::LookupOptions& options_;
  const std::string only_same_version_;
  const size_t limit_;
  absl::flat_hash_set<std::string> schedules_;
  std::vector<Found> found_;
};

}  // namespace

absl::StatusOr<std::vector<Found>> FindSchedules(Connection& connection, absl::string_view workload_id,
                                                 const std::vector<Place>& places,
                                                 const v1::LookupOptions& options, size_t limit) {
  Candidates candidates(connection, workload_id, options, limit);
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> all_threads,
                            FindThreads(connection, workload_id, options.threads()));
  for (const bool emulated : {false, true}) {
    for (const int64_t threads : all_threads) {
      for (const Place& place : places) {
        if (candidates.IsFull()) return candidates.Take();
        if (place.emulated != emulated) continue;
        DIAPASON_RETURN_IF_ERROR(candidates.AddDecided(place, threads));
        if (!emulated) DIAPASON_RETURN_IF_ERROR(candidates.AddFastest(place, threads));
      }
    }
  }
  return candidates.Take();
}

}  // namespace diapason::db
