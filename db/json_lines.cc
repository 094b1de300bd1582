#include "db/json_lines.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "db/identity_update.h"
#include "diapason/v1/log.pb.h"
#include "google/protobuf/util/json_util.h"
#include "proto/base/one_line.h"
#include "proto/base/status_macros.h"
#include "proto/domain/schedule_hash.h"
#include "proto/domain/task_key.h"

namespace diapason::db {
namespace {

absl::Status WriteLine(const v1::LogEntry& entry, std::ostream& out) {
  std::string line;
  const auto converted = google::protobuf::util::MessageToJsonString(entry, &line);
  if (!converted.ok()) return absl::InternalError(converted.ToString());
  out << line << '\n';
  return out.good()
             ? absl::OkStatus()
             : absl::UnavailableError("cannot write the exported log; check that the disk has free space");
}

// Writes records and decisions, and before them everything that they refer to, each thing once.
class Exporter {
 public:
  Exporter(const RecordStore& store, std::ostream& out) : store_(store), out_(out) {}

  absl::Status Write(const v1::Record& record) {
    DIAPASON_RETURN_IF_ERROR(WriteWorkload(record.workload_id()));
    DIAPASON_RETURN_IF_ERROR(WriteSketch(record.schedule().sketch_hash()));
    DIAPASON_RETURN_IF_ERROR(AddTask(record));
    missing_.erase(record.trial_id());
    v1::LogEntry entry;
    *entry.mutable_record() = record;
    ++records_;
    return WriteLine(entry, out_);
  }

  // Leaves out a decision if one of its records was not exported.
  absl::Status WriteDecisions() {
    for (const auto& [task, decision] : decisions_) {
      if (missing_.contains(decision.trial_id()) || missing_.contains(decision.default_trial_id())) continue;
      v1::LogEntry entry;
      *entry.mutable_decision() = decision;
      DIAPASON_RETURN_IF_ERROR(WriteLine(entry, out_));
    }
    return absl::OkStatus();
  }

  int64_t records() const { return records_; }

 private:
  // For each task, remembers its decision and which of the decision's records are still to come. This
  // needs much less memory than remembering all exported records.
  absl::Status AddTask(const v1::Record& record) {
    const TaskKey key = {record.workload_id(), record.target_fingerprint(), record.threads()};
    const std::string task = TaskId(key);
    if (!tasks_.insert(task).second) return absl::OkStatus();
    auto decision = store_.GetDecision(key);
    if (absl::IsNotFound(decision.status())) return absl::OkStatus();
    DIAPASON_RETURN_IF_ERROR(decision.status());
    missing_.insert(decision->trial_id());
    if (!decision->default_trial_id().empty()) missing_.insert(decision->default_trial_id());
    decisions_.emplace(task, *std::move(decision));
    return absl::OkStatus();
  }

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
  int64_t records_ = 0;
  absl::flat_hash_set<std::string> referred_;
  absl::flat_hash_set<std::string> tasks_;         // by TaskId
  std::map<std::string, v1::Decision> decisions_;  // by TaskId; sorted, so that exports are reproducible
  absl::flat_hash_set<std::string> missing_;       // trials of `decisions_` that have not been exported yet
};

// Collects lines and stores them together in one transaction. This way, many lines need only one write to
// disk, and the whole file is never in memory.
class Importer {
 public:
  Importer(RecordStore& store, const WorkloadIdentity& identity) : store_(store), update_(identity) {}

  absl::Status Add(v1::LogEntry entry, int64_t line) {
    if (const absl::Status updated = Update(entry); !updated.ok()) {
      DIAPASON_RETURN_IF_ERROR(Flush());
      return WithContext(updated, absl::StrCat("line ", line));
    }
    bytes_ += entry.ByteSizeLong();
    entries_.push_back(std::move(entry));
    lines_.push_back(line);
    return entries_.size() < kLinesAtOnce && bytes_ < kBytesAtOnce ? absl::OkStatus() : Flush();
  }

  // Stores the collected entries. If one of them is wrong, stores those before it and returns the error.
  absl::Status Flush() {
    if (entries_.empty()) return absl::OkStatus();
    size_t failed = 0;
    auto stored = store_.PutEntries(entries_, &failed);
    absl::Status status = stored.status();
    if (!status.ok()) {
      if (failed == entries_.size()) {
        return WithContext(status, absl::StrCat("lines ", lines_.front(), " to ", lines_.back()));
      }
      status = WithContext(status, absl::StrCat("line ", lines_[failed]));
      stored = store_.PutEntries(absl::MakeSpan(entries_).first(failed));
      DIAPASON_RETURN_IF_ERROR(stored.status());
    }
    result_.records += stored->new_records;
    result_.known += stored->known_records;
    entries_.clear();
    lines_.clear();
    bytes_ = 0;
    return status;
  }

  const ImportResult& result() const { return result_; }

 private:
  absl::Status Update(v1::LogEntry& entry) {
    if (entry.has_workload()) return update_.Update(*entry.mutable_workload());
    if (entry.has_sketch()) return CheckSketchHash(entry.sketch());
    if (entry.has_record()) update_.Update(*entry.mutable_record());
    if (entry.has_decision()) update_.Update(*entry.mutable_decision());
    return absl::OkStatus();
  }

  static constexpr size_t kLinesAtOnce = 1000;
  static constexpr size_t kBytesAtOnce = 16 << 20;

  RecordStore& store_;
  IdentityUpdate update_;
  std::vector<v1::LogEntry> entries_;
  std::vector<int64_t> lines_;  // line numbers of `entries_`
  size_t bytes_ = 0;
  ImportResult result_;
};

}  // namespace

absl::StatusOr<int64_t> ExportJsonLines(const RecordStore& store, const RecordQuery& query,
                                        std::ostream& out) {
  Exporter exporter(store, out);
  DIAPASON_RETURN_IF_ERROR(
      store.VisitRecords(query, [&exporter](const v1::Record& record) { return exporter.Write(record); }));
  DIAPASON_RETURN_IF_ERROR(exporter.WriteDecisions());
  out.flush();
  if (!out.good())
    return absl::UnavailableError("cannot write the exported log; check that the disk has free space");
  return exporter.records();
}

absl::StatusOr<ImportResult> ImportJsonLines(std::istream& in, RecordStore& store,
                                             const WorkloadIdentity& identity) {
  Importer importer(store, identity);
  std::string line;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    v1::LogEntry entry;
    const auto parsed = google::protobuf::util::JsonStringToMessage(line, &entry);
    if (!parsed.ok()) {
      // The lines before the bad one are stored first.
      DIAPASON_RETURN_IF_ERROR(OnOneLine(importer.Flush()));
      return OnOneLine(WithContext(absl::InvalidArgumentError(std::string(parsed.message())),
                                   absl::StrCat("line ", number)));
    }
    DIAPASON_RETURN_IF_ERROR(OnOneLine(importer.Add(std::move(entry), number)));
  }
  DIAPASON_RETURN_IF_ERROR(OnOneLine(importer.Flush()));
  if (in.bad())
    return absl::UnavailableError("cannot read the file to import: reading failed before its end");
  return importer.result();
}

}  // namespace diapason::db
