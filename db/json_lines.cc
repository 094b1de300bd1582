#include "db/json_lines.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "diapason/v1/log.pb.h"
#include "google/protobuf/util/json_util.h"
#include "proto/support/one_line.h"
#include "proto/support/status_macros.h"

namespace diapason::db {
namespace {

absl::Status WriteLine(const v1::LogEntry& entry, std::ostream& out) {
  std::string line;
  const auto converted = google::protobuf::util::MessageToJsonString(entry, &line);
  if (!converted.ok()) return absl::InternalError(converted.ToString());
  out << line << '\n';
  return out.good() ? absl::OkStatus()
                    : absl::UnavailableError("cannot write the exported log; is the disk full?");
}

// Writes what an entry refers to, each thing once.
class Exporter {
 public:
  Exporter(const RecordStore& store, std::ostream& out) : store_(store), out_(out) {}

  absl::Status Write(v1::Record record) {
    DIAPASON_RETURN_IF_ERROR(WriteWorkload(record.workload_id()));
    DIAPASON_RETURN_IF_ERROR(WriteSketch(record.schedule().sketch_hash()));
    trials_.insert(record.trial_id());
    tasks_.emplace(record.workload_id(), record.target_fingerprint());
    v1::LogEntry entry;
    *entry.mutable_record() = std::move(record);
    return WriteLine(entry, out_);
  }

  // A decision between records of which one was not exported is left out.
  absl::Status WriteDecisions() {
    for (const auto& [workload_id, fingerprint] : tasks_) {
      const absl::StatusOr<Winner> winner = store_.GetWinner(workload_id, fingerprint);
      if (absl::IsNotFound(winner.status())) continue;
      DIAPASON_RETURN_IF_ERROR(winner.status());
      if (!trials_.contains(winner->trial_id)) continue;
      if (!winner->default_trial_id.empty() && !trials_.contains(winner->default_trial_id)) continue;
      v1::LogEntry entry;
      v1::Decision& decision = *entry.mutable_decision();
      decision.set_workload_id(workload_id);
      decision.set_target_fingerprint(fingerprint);
      decision.set_trial_id(winner->trial_id);
      decision.set_default_trial_id(winner->default_trial_id);
      decision.set_verdict(winner->verdict);
      decision.set_speed_up(winner->speed_up);
      DIAPASON_RETURN_IF_ERROR(WriteLine(entry, out_));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status WriteWorkload(const std::string& id) {
    if (!referred_.insert(id).second) return absl::OkStatus();
    v1::LogEntry entry;
    DIAPASON_ASSIGN_OR_RETURN(*entry.mutable_workload(), store_.GetWorkload(id));
    return WriteLine(entry, out_);
  }

  absl::Status WriteSketch(const std::string& hash) {
    if (!referred_.insert(hash).second) return absl::OkStatus();
    v1::LogEntry entry;
    DIAPASON_ASSIGN_OR_RETURN(*entry.mutable_sketch(), store_.GetSketch(hash));
    return WriteLine(entry, out_);
  }

  const RecordStore& store_;
  std::ostream& out_;
  absl::flat_hash_set<std::string> referred_;
  absl::flat_hash_set<std::string> trials_;
  std::set<std::pair<std::string, std::string>>
      tasks_;  // workload, target; in order: exports are reproducible
};

absl::Status ImportDecision(const v1::Decision& decision, RecordStore& store) {
  const absl::StatusOr<Winner> known = store.GetWinner(decision.workload_id(), decision.target_fingerprint());
  if (known.ok() && known->trial_id == decision.trial_id()) return absl::OkStatus();
  return store.PutWinner(decision.workload_id(), decision.target_fingerprint(),
                         Winner{.trial_id = decision.trial_id(),
                                .default_trial_id = decision.default_trial_id(),
                                .verdict = decision.verdict(),
                                .speed_up = decision.speed_up()});
}

absl::Status ImportEntry(const v1::LogEntry& entry, RecordStore& store, ImportResult& result) {
  switch (entry.entry_case()) {
    case v1::LogEntry::kWorkload:
      return store.PutWorkload(entry.workload());
    case v1::LogEntry::kSketch:
      return store.PutSketch(entry.sketch());
    case v1::LogEntry::kDecision:
      return ImportDecision(entry.decision(), store);
    case v1::LogEntry::kRecord: {
      const absl::Status status = store.PutRecord(entry.record());
      ++(absl::IsAlreadyExists(status) ? result.known : result.records);
      return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
    }
    case v1::LogEntry::ENTRY_NOT_SET:
      return absl::InvalidArgumentError("the entry is empty");
  }
  return absl::InvalidArgumentError("the entry is of an unknown kind");
}

}  // namespace

absl::StatusOr<int64_t> ExportJsonLines(const RecordStore& store, const RecordQuery& query,
                                        std::ostream& out) {
  DIAPASON_ASSIGN_OR_RETURN(std::vector<v1::Record> records, store.FindRecords(query));
  Exporter exporter(store, out);
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    DIAPASON_RETURN_IF_ERROR(exporter.Write(std::move(*record)));
  }
  DIAPASON_RETURN_IF_ERROR(exporter.WriteDecisions());
  out.flush();
  if (!out.good()) return absl::UnavailableError("cannot write the exported log; is the disk full?");
  return static_cast<int64_t>(records.size());
}

absl::StatusOr<ImportResult> ImportJsonLines(std::istream& in, RecordStore& store) {
  ImportResult result;
  std::string line;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    v1::LogEntry entry;
    const auto parsed = google::protobuf::util::JsonStringToMessage(line, &entry);
    const absl::Status status = parsed.ok() ? ImportEntry(entry, store, result)
                                            : absl::InvalidArgumentError(std::string(parsed.message()));
    if (!status.ok()) return OnOneLine(WithContext(status, absl::StrCat("line ", number)));
  }
  if (in.bad()) return absl::UnavailableError("cannot read the log to import");
  return result;
}

}  // namespace diapason::db
