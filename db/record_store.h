// The tuning log: workloads, sketches, jobs, records and decisions. Records are only ever added.
//
// Thread-safe. All calls block. Every write is one transaction and is on disk when the call returns. Read
// calls never write.
//
// Every call may return these errors; they carry the mark of db/log_fault.h:
//   Unavailable: another process has locked the log, the disk is full, or no connection to its server is
//     left. Try again. Nothing was written, unless the connection broke during the call; storing the same
//     again is harmless then.
//   PermissionDenied: the log cannot be written.
//   FailedPrecondition: the log has a newer version than this program knows.
//   DataLoss: the log is damaged.
// The comment of a call names its other errors. Only Unavailable is worth another attempt.
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
#include "absl/time/time.h"
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

// A job in the log: its request, and how far it has come.
struct StoredJob {
  std::string job_id;
  v1::SubmitJobRequest request;
  v1::JobStatus status;  // as it was saved last; final if its state is not RUNNING
  // How often a server has started this job since the job last stored a result or was stopped in an
  // orderly way.
  int starts = 0;
  // The server that runs the job, which has claimed it (ClaimJobs); empty: none.
  std::string server_id;
};

// How long a claim of a job holds. A server renews its claims well before, so that no other server takes
// its jobs, and after it has died another one takes them soon.
inline constexpr absl::Duration kClaimTime = absl::Seconds(15);

// The jobs of a server, by id.
struct JobClaims {
  std::vector<std::string> held;   // all that it has claimed now
  std::vector<std::string> taken;  // those of `held` that it did not have before
};

// What PutEntries stored.
struct StoredEntries {
  int64_t new_records = 0;    // records that were added
  int64_t known_records = 0;  // records that the log already had
};

// Which records to find. A record must meet all conditions that are set.
struct RecordQuery {
  std::string workload_id;         // empty: any
  std::string target_fingerprint;  // empty: any
  std::string job_id;              // empty: any
  std::string structure_id;        // Workload.structure_id; empty: any
  std::string trial_id;            // empty: any
  std::string device_id;           // empty: any
  int threads = 0;                 // Record.threads; 0: any
  bool only_ok = false;            // true: only records whose outcome is OK
  int64_t limit = 0;               // at most this many, the newest ones; 0: all
};

// The interface of a tuning log. OpenRecordStore opens one.
class RecordStore {
 public:
  virtual ~RecordStore() = default;

  // Stores what records refer to. Has no effect if it is stored already. InvalidArgument: it has no id or
  // hash.
  virtual absl::Status PutWorkload(const v1::Workload& workload) = 0;
  virtual absl::Status PutSketch(const v1::Sketch& sketch) = 0;
  // Return what is stored under this id or hash. NotFound: it is not stored.
  virtual absl::StatusOr<v1::Workload> GetWorkload(absl::string_view id) const = 0;
  virtual absl::StatusOr<v1::Sketch> GetSketch(absl::string_view hash) const = 0;
  // Returns the workloads whose id begins with `prefix`, in the order of their ids.
  virtual absl::StatusOr<std::vector<v1::Workload>> FindWorkloads(absl::string_view prefix) const = 0;

  // Stores one record. AlreadyExists: a record of this trial is stored. NotFound: its workload or its
  // sketch is not stored. InvalidArgument: its trial id, its target fingerprint or its number of threads
  // is missing.
  virtual absl::Status PutRecord(const v1::Record& record) = 0;
  // Returns the records that `query` selects, newest first.
  virtual absl::StatusOr<std::vector<v1::Record>> FindRecords(const RecordQuery& query) const = 0;

  // Calls `visit` with each record that FindRecords would return, but oldest first and with only a few of
  // them in memory. Stops at the first error of `visit` and returns it. `visit` may use the store. Records
  // that are stored during the call may be visited or not.
  using RecordVisitor = std::function<absl::Status(const v1::Record& record)>;
  virtual absl::Status VisitRecords(const RecordQuery& query, const RecordVisitor& visit) const = 0;

  // Stores either all entries, in their order, or none of them, in one transaction. Records and decisions
  // that are stored already are skipped. A decision is always stored; the rule of decision_rule.h says
  // whether it counts. After an error, `*failed` (if not null) is the index of the entry that is wrong, or
  // the number of entries if no single entry is wrong. NotFound: an entry refers to something that is not
  // stored. InvalidArgument: an entry is empty or has no key.
  virtual absl::StatusOr<StoredEntries> PutEntries(absl::Span<const v1::LogEntry> entries,
                                                   size_t* failed = nullptr) = 0;

  // Stores the model in place of the machine's last one. InvalidArgument: it has no target fingerprint.
  virtual absl::Status PutCostModel(const v1::CostModel& model) = 0;
  // Returns the model of a machine. NotFound: there is none.
  virtual absl::StatusOr<v1::CostModel> GetCostModel(absl::string_view target_fingerprint) const = 0;

  // Returns the decision that counts for a task. NotFound: there is none.
  virtual absl::StatusOr<v1::Decision> GetDecision(const TaskKey& task) const = 0;
  // Returns the decision whose winner is this record, whether the decision counts or not. NotFound: there
  // is none.
  virtual absl::StatusOr<v1::Decision> FindDecision(absl::string_view trial_id) const = 0;

  // Inserts the job, which its server thereby claims. If a job with this id is stored, replaces only its
  // status and its `starts`. FailedPrecondition: the stored job has ended in another state, and an end is
  // final; or another server has claimed it, and the new state is not CANCELLED, which everybody may store.
  // AlreadyExists: another job has this request id. InvalidArgument: the job has no id.
  virtual absl::Status PutJob(const StoredJob& job) = 0;
  // Returns the job. NotFound: there is no such job.
  virtual absl::StatusOr<StoredJob> GetJob(absl::string_view job_id) const = 0;
  // Returns the job with this SubmitJobRequest.request_id. NotFound: there is none.
  virtual absl::StatusOr<StoredJob> GetJobOfRequest(absl::string_view request_id) const = 0;
  // Returns the status of every job, newest first. It leaves out the requests because they are large.
  virtual absl::StatusOr<std::vector<v1::JobStatus>> ListJobs() const = 0;

  // Renews the server's claims of jobs that have not ended, and claims those that no server has claimed or
  // whose claim has expired. Several servers may share a log in this way: each job is run by one of them.
  // The time is that of the log's engine. InvalidArgument: `server_id` is empty.
  virtual absl::StatusOr<JobClaims> ClaimJobs(absl::string_view server_id) = 0;
  // Gives all claims of the server up, so that another one may run its jobs at once.
  virtual absl::Status ReleaseJobs(absl::string_view server_id) = 0;

  // Finds the schedules that a workload may use, as db/lookup.h describes. Returns at most a few
  // candidates for each rung, and none if nothing is known. InvalidArgument: the look-up is strict and
  // does not name a back end and its version.
  virtual absl::StatusOr<v1::LookupResult> Lookup(const v1::Workload& workload, const v1::Target& target,
                                                  const v1::LookupOptions& options) const = 0;

  // Returns the target of the newest trial that a device did. This is what --target device:NAME means if
  // no tuner-server is asked. NotFound: the device did no trial; the message names devices that did.
  virtual absl::StatusOr<v1::Target> FindTargetOfDevice(absl::string_view device_id) const = 0;

  // Reads the whole log. DataLoss: it is damaged; the message says where.
  virtual absl::Status Check() const = 0;
};

// How to open a log.
enum class OpenMode {
  // Reads only. A log of an older version in SQLite is read from a migrated copy in memory; the file does
  // not change.
  kReadOnly,
  // Creates the log if it does not exist, and migrates an older version to the newest one.
  kReadWrite,
  // Like kReadWrite, for a server. A log in SQLite has one: no other process can open it in this mode until
  // the store is destroyed, and all claims of jobs that a dead server has left are void. A log in
  // PostgreSQL may have several servers; none of them can migrate it while another one uses it.
  kServe,
};

// Returns whether `url` has one of the forms that OpenRecordStore opens. InvalidArgument, without the mark
// of a log fault, because no log has been tried: it has another form.
absl::Status CheckLogUrl(absl::string_view url);

// Opens a log. `url` is "sqlite:PATH", where PATH may be ":memory:" in tests, or a connection URI of
// PostgreSQL, "postgresql://USER@HOST:PORT/DATABASE". `identity` updates the workloads of an older log in
// SQLite; it may be empty for a new log. InvalidArgument: that of CheckLogUrl, or the file is a database of
// another program. NotFound: the file (kReadOnly) or its folder does not exist. FailedPrecondition: the log
// is newer than this program; or it is older, and `identity` is empty; or another server uses it, and this
// call must have it alone, to serve it or to migrate it.
absl::StatusOr<std::unique_ptr<RecordStore>> OpenRecordStore(const std::string& url, OpenMode mode,
                                                             const WorkloadIdentity& identity);

}  // namespace diapason::db

#endif  // DIAPASON_DB_RECORD_STORE_H_
