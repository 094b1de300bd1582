// The tuning log: workloads, sketches, jobs, records and decisions. Records are append-only.
//
// Thread-safe. Every write is one transaction and is on disk when the call returns. Read calls never write.
// Codes: NotFound (also: what is stored refers to something that is not); AlreadyExists (that trial is
// stored: a trial counts once); FailedPrecondition (the log is of a newer version); Unavailable (locked by
// another process, or the disk is full: nothing was written, try again); DataLoss (the log is corrupt);
// PermissionDenied (not writable). Only Unavailable is worth another attempt. What is wrong with the log
// itself carries the mark of db/log_fault.h.
#ifndef DIAPASON_DB_RECORD_STORE_H_
#define DIAPASON_DB_RECORD_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "db/workload_identity.h"
#include "diapason/v1/log.pb.h"
#include "diapason/v1/schedule.pb.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "diapason/v1/workload.pb.h"
#include "proto/domain/task_key.h"

namespace diapason::db {

// A job as stored: what was asked, and how far it came.
struct StoredJob {
  std::string job_id;
  v1::SubmitJobRequest request;
  v1::JobStatus status;  // as last saved; final once its state is not RUNNING
  // How often a server has begun with this job since the job last stored a result or was left in an orderly
  // way.
  int starts = 0;
};

// What became of the entries that were stored together.
struct StoredEntries {
  int64_t new_records = 0;
  int64_t known_records = 0;
};

struct RecordQuery {
  std::string workload_id;         // empty: any
  std::string target_fingerprint;  // empty: any
  std::string job_id;              // empty: any
  std::string structure_id;        // of the workload; empty: any
  std::string trial_id;            // empty: any
  int threads = 0;                 // that it was measured with; 0: any
  bool only_ok = false;
  int64_t limit = 0;  // newest first; 0: all
};

class RecordStore {
 public:
  virtual ~RecordStore() = default;

  // Stores, idempotently, what records refer to.
  virtual absl::Status PutWorkload(const v1::Workload& workload) = 0;
  virtual absl::Status PutSketch(const v1::Sketch& sketch) = 0;
  virtual absl::StatusOr<v1::Workload> GetWorkload(absl::string_view id) const = 0;
  virtual absl::StatusOr<v1::Sketch> GetSketch(absl::string_view hash) const = 0;
  // Workloads whose id begins with `prefix`.
  virtual absl::StatusOr<std::vector<v1::Workload>> FindWorkloads(absl::string_view prefix) const = 0;

  virtual absl::Status PutRecord(const v1::Record& record) = 0;
  virtual absl::StatusOr<std::vector<v1::Record>> FindRecords(const RecordQuery& query) const = 0;

  // Calls `visit` with each record that FindRecords would return, but the oldest first and without holding
  // more than a few of them in memory. Ends with the first error that `visit` returns. `visit` may use the
  // store. Records that are stored meanwhile may be visited or not.
  using RecordVisitor = std::function<absl::Status(const v1::Record& record)>;
  virtual absl::Status VisitRecords(const RecordQuery& query, const RecordVisitor& visit) const = 0;

  // Stores all entries, in their order, or none of them, in one transaction. Records and decisions that are
  // stored already are passed over. A decision is kept in any case, and counts if the rule of decision_rule.h
  // says so. For an error, `failed` (where given) receives the index of the entry that is wrong; the number
  // of entries where no single one is. InvalidArgument: an entry is empty, or has no key.
  virtual absl::StatusOr<StoredEntries> PutEntries(absl::Span<const v1::LogEntry> entries,
                                                   size_t* failed = nullptr) = 0;

  // The decision that counts for a task.
  virtual absl::StatusOr<v1::Decision> GetDecision(const TaskKey& task) const = 0;
  // The decision whose winner is this record, whether it counts or not.
  virtual absl::StatusOr<v1::Decision> FindDecision(absl::string_view trial_id) const = 0;

  // Inserts the job or, for an id that is known, replaces its status and `starts` alone. FailedPrecondition:
  // the stored job has ended in another state, which is final. AlreadyExists: another job has this request
  // id.
  virtual absl::Status PutJob(const StoredJob& job) = 0;
  virtual absl::StatusOr<StoredJob> GetJob(absl::string_view job_id) const = 0;
  // The job of SubmitJobRequest.request_id.
  virtual absl::StatusOr<StoredJob> GetJobOfRequest(absl::string_view request_id) const = 0;
  // Statuses only, newest first: requests are large.
  virtual absl::StatusOr<std::vector<v1::JobStatus>> ListJobs() const = 0;

  // The ladder: exact; same device class; nearest shape (db/lookup.h). Empty: nothing known. Schedules that
  // were measured with the wanted number of threads come before others, decisions before other records,
  // faster records before slower ones; at most a few candidates a rung. InvalidArgument: a strict look-up
  // that does not say of which version.
  virtual absl::StatusOr<v1::LookupResult> Lookup(const v1::Workload& workload, const v1::Target& target,
                                                  const v1::LookupOptions& options) const = 0;

  // The target of the newest trial of a device: what --target device:NAME means where no tuner-server is
  // asked. NotFound: it did none; the message names devices that did.
  virtual absl::StatusOr<v1::Target> FindTargetOfDevice(absl::string_view device_id) const = 0;

  // Reads all of the log. DataLoss: says what is broken.
  virtual absl::Status Check() const = 0;
};

enum class OpenMode {
  kReadOnly,   // a log of an older version is read by way of a migrated copy in memory, and stays as it is
  kReadWrite,  // makes the file where it is not there; an older version becomes the newest
  kOwn,  // as kReadWrite, and no other process can own the log before the store is gone: what a server uses
};

// `url` is "sqlite:PATH" (":memory:" as PATH for tests). `identity` brings the workloads of an older log
// along; it may be empty for a log that is new. InvalidArgument: an unknown scheme, or a database of another
// program. NotFound: no such file (kReadOnly) or folder. FailedPrecondition: the log is newer than this
// program; it is older, and `identity` is empty; another process owns it, and this one wants to own or to
// migrate it.
absl::StatusOr<std::unique_ptr<RecordStore>> OpenRecordStore(const std::string& url, OpenMode mode,
                                                             const WorkloadIdentity& identity);

}  // namespace diapason::db

#endif  // DIAPASON_DB_RECORD_STORE_H_
