// The tuning log: workloads, sketches, jobs, records, winners and cost models. Records are append-only.
//
// Thread-safe. Every write is one transaction and is on disk when the call returns. Read calls never write.
// Codes: NotFound (also: what is stored refers to something that is not); AlreadyExists (that trial is
// stored: a trial counts once); FailedPrecondition (the log is of a newer version); Unavailable (locked by
// another process, or the disk is full: nothing was written, try again); DataLoss (the log is corrupt);
// PermissionDenied (not writable). What is wrong with the log itself carries the mark of db/log_fault.h.
#ifndef DIAPASON_DB_RECORD_STORE_H_
#define DIAPASON_DB_RECORD_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "diapason/v1/schedule.pb.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::db {

// A job as stored: what was asked, and how far it came.
struct StoredJob {
  std::string job_id;
  v1::SubmitJobRequest request;
  v1::JobStatus status;  // as last saved; final once its state is not RUNNING
};

// The outcome of the paired comparison that ends a task.
struct Winner {
  std::string trial_id;          // the record that won
  std::string default_trial_id;  // the default schedule's record of the same comparison
  v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
  double speed_up = 0;  // default / winner, median over pairs
};

struct RecordQuery {
  std::string workload_id;         // empty: any
  std::string target_fingerprint;  // empty: any
  std::string job_id;              // empty: any
  std::string structure_id;        // of the workload; empty: any
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

  // Replaces what was decided for (workload, target) before; the old decision is kept as history.
  virtual absl::Status PutWinner(absl::string_view workload_id, absl::string_view target_fingerprint,
                                 const Winner& winner) = 0;
  virtual absl::StatusOr<Winner> GetWinner(absl::string_view workload_id,
                                           absl::string_view target_fingerprint) const = 0;

  // Inserts or, for an id that is known, replaces the status.
  virtual absl::Status PutJob(const StoredJob& job) = 0;
  virtual absl::StatusOr<StoredJob> GetJob(absl::string_view job_id) const = 0;
  virtual absl::StatusOr<std::vector<StoredJob>> ListJobs() const = 0;  // newest first

  // Cost models by name (e.g. feature schema and target fingerprint); the newest replaces.
  virtual absl::Status PutModel(absl::string_view name, absl::string_view bytes) = 0;
  virtual absl::StatusOr<std::string> GetModel(absl::string_view name) const = 0;

  // The ladder: exact; same device class; nearest shape. Empty: nothing known. Winners come before other
  // records, faster records before slower ones; at most a few candidates a rung.
  virtual absl::StatusOr<v1::LookupResult> Lookup(const v1::Workload& workload,
                                                  const v1::Target& target) const = 0;

  // Reads all of the log. DataLoss: says what is broken.
  virtual absl::Status Check() const = 0;
};

enum class OpenMode { kReadOnly, kReadWrite };

// `url` is "sqlite:PATH" (":memory:" as PATH for tests). ReadWrite creates the file and migrates an older
// version. InvalidArgument: an unknown scheme, or a database of another program. NotFound: no such file
// (ReadOnly) or folder.
absl::StatusOr<std::unique_ptr<RecordStore>> OpenRecordStore(const std::string& url, OpenMode mode);

}  // namespace diapason::db

#endif  // DIAPASON_DB_RECORD_STORE_H_
